#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A turning cube of OpenGL, drawn without a display (EGL); viewers can turn it too. Needs python3-moderngl."""

import struct

import cubestream
import moderngl

VERTEX = """
#version 330
uniform mat4 view;
uniform float aspect;
in vec3 position, normal;
out vec3 n;
void main() {
    vec3 p = (view * vec4(position, 1)).xyz;
    n = mat3(view) * normal;
    // Perspective with a field of view of 45 degrees, from 0.1 to 100.
    gl_Position = vec4(2.414 * p.x / aspect, 2.414 * p.y, -(100.1 * p.z + 20.0) / 99.9, -p.z);
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
        self.camera = cubestream.OrbitCamera(distance=5, elevation=28, nearest=2, farthest=50)
        self.time = 0.0
        self.touched = False

    def resize(self, width: int, height: int) -> None:
        if self.target is not None:
            for attachment in (*self.target.color_attachments, self.target.depth_attachment, self.target):
                attachment.release()
        colour = self.context.renderbuffer((width, height), 4)
        self.target = self.context.framebuffer([colour], self.context.depth_renderbuffer((width, height)))
        self.pixels = bytearray(width * height * 4)

    def draw(self, width: int, height: int, time: float, events) -> bytearray:
        if self.target is None or self.target.size != (width, height):
            self.resize(width, height)
        self.target.use()
        self.target.clear(0.1, 0.12, 0.16, 1.0)
        self.touched |= self.camera.apply(events, height)
        if not self.touched:
            self.camera.azimuth -= (time - self.time) * 40
        self.time = time
        # OpenGL wants the columns.
        self.program["view"].write(struct.pack("16f", *(n for column in zip(*self.camera.view_matrix()) for n in column)))
        self.program["aspect"].value = width / height
        self.vertices.render()
        self.target.read_into(self.pixels, components=4)
        return self.pixels


def main() -> None:
    scene = Scene()
    with cubestream.connect(bottom_up=True, wants=("pointer", "wheel")) as screen:
        screen.cursor("grab")
        for request in screen:
            screen.show(scene.draw(request.width, request.height, request.time, request.input))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
