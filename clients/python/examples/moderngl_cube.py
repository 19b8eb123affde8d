#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A turning cube of OpenGL, drawn without a display (EGL). Needs python3-moderngl."""

import math
import struct

import cubestream
import moderngl

VERTEX = """
#version 330
uniform float angle, aspect;
in vec3 position, normal;
out vec3 n;
void main() {
    float c = cos(angle), s = sin(angle), d = cos(0.5), e = sin(0.5);
    mat3 turn = mat3(1, 0, 0, 0, d, e, 0, -e, d) * mat3(c, 0, -s, 0, 1, 0, s, 0, c);
    vec3 p = turn * position - vec3(0, 0, 5);
    n = turn * normal;
    // Perspective with a field of view of 45 degrees, from 1 to 10.
    gl_Position = vec4(2.414 * p.x / aspect, 2.414 * p.y, -(11.0 * p.z + 20.0) / 9.0, -p.z);
}
"""
FRAGMENT = """
#version 330
uniform vec3 colour;
in vec3 n;
out vec4 result;
void main() { result = vec4(colour * (0.25 + 0.75 * max(dot(normalize(n), normalize(vec3(1, 2, 3))), 0.0)), 1); }
"""


def cube() -> bytes:
    """Positions and normals of 12 triangles."""
    vertices = []
    for axis in range(3):
        for side in (-1, 1):
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, -1), (1, 1), (-1, 1)):
                point, normal = [0, 0, 0], [0, 0, 0]
                point[axis] = normal[axis] = side
                point[(axis + 1) % 3], point[(axis + 2) % 3] = a, b
                vertices += point + normal
    return struct.pack(f"{len(vertices)}f", *vertices)


class Scene:
    def __init__(self) -> None:
        # Debian has these names without the -dev packages.
        self.context = moderngl.create_context(
            standalone=True, backend="egl", libgl="libGL.so.1", libegl="libEGL.so.1"
        )
        self.context.enable(moderngl.DEPTH_TEST)
        self.program = self.context.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT)
        self.program["colour"].value = (0.3, 0.6, 0.95)
        content = [(self.context.buffer(cube()), "3f 3f", "position", "normal")]
        self.vertices = self.context.vertex_array(self.program, content)
        self.target = None

    def resize(self, width: int, height: int) -> None:
        if self.target is not None:
            for attachment in (*self.target.color_attachments, self.target.depth_attachment, self.target):
                attachment.release()
        colour = self.context.renderbuffer((width, height), 4)
        self.target = self.context.framebuffer([colour], self.context.depth_renderbuffer((width, height)))
        self.pixels = bytearray(width * height * 4)

    def draw(self, width: int, height: int, time: float) -> bytearray:
        if self.target is None or self.target.size != (width, height):
            self.resize(width, height)
        self.target.use()
        self.target.clear(0.1, 0.12, 0.16, 1.0)
        self.program["angle"].value = math.fmod(time * 0.8, 2 * math.pi)
        self.program["aspect"].value = width / height
        self.vertices.render()
        self.target.read_into(self.pixels, components=4)
        return self.pixels


def main() -> None:
    scene = Scene()
    with cubestream.connect(bottom_up=True) as screen:
        for request in screen:
            screen.show(scene.draw(request.width, request.height, request.time))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
