#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A turning cone of VTK, drawn off screen, which viewers can turn too. Needs python3-vtk9 and python3-numpy.

VTK as Debian builds it needs an X server also off screen. Without one: xvfb-run -a ./vtk_cone.py
"""

import cubestream
import vtk
from vtk.util.numpy_support import vtk_to_numpy


class Cone:
    def __init__(self) -> None:
        source = vtk.vtkConeSource()
        source.SetResolution(64)
        mapper = vtk.vtkPolyDataMapper()
        mapper.SetInputConnection(source.GetOutputPort())
        actor = vtk.vtkActor()
        actor.SetMapper(mapper)
        actor.GetProperty().SetColor(0.95, 0.55, 0.2)
        self.renderer = vtk.vtkRenderer()
        self.renderer.SetBackground(0.1, 0.12, 0.16)
        self.renderer.AddActor(actor)
        self.window = vtk.vtkRenderWindow()
        self.window.SetOffScreenRendering(1)
        self.window.SetMultiSamples(4)
        self.window.AddRenderer(self.renderer)
        self.camera = cubestream.OrbitCamera(distance=3.2, elevation=15, field_of_view=30)
        self.pixels = vtk.vtkUnsignedCharArray()
        self.time = 0.0
        self.touched = False

    def draw(self, width: int, height: int, time: float, events):
        self.window.SetSize(width, height)
        self.touched |= self.camera.apply(events, height)
        if not self.touched:
            self.camera.azimuth += (time - self.time) * 40
        self.time = time
        camera = self.renderer.GetActiveCamera()
        camera.SetPosition(*self.camera.eye)
        camera.SetFocalPoint(*self.camera.target)
        camera.SetViewUp(*self.camera.up)
        self.renderer.ResetCameraClippingRange()
        self.window.Render()
        # Off screen, the front buffer is the one that was drawn. The rows are bottom up.
        self.window.GetPixelData(0, 0, width - 1, height - 1, 1, self.pixels, 0)
        return vtk_to_numpy(self.pixels).reshape(height, width, 3)


def main() -> None:
    cone = Cone()
    with cubestream.connect(bottom_up=True, wants=("pointer", "wheel")) as screen:
        screen.cursor("grab")
        for request in screen:
            screen.show(cone.draw(request.width, request.height, request.time, request.input))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
