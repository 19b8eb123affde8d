#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A turning cone of VTK, drawn off screen. Needs python3-vtk9 and python3-numpy.

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
        self.renderer.GetActiveCamera().SetPosition(0, 1, 4)
        self.renderer.ResetCamera()
        self.pixels = vtk.vtkUnsignedCharArray()
        self.azimuth = 0.0

    def draw(self, width: int, height: int, time: float):
        self.window.SetSize(width, height)
        azimuth = time * 40
        self.renderer.GetActiveCamera().Azimuth(azimuth - self.azimuth)
        self.azimuth = azimuth
        self.renderer.ResetCameraClippingRange()
        self.window.Render()
        # Off screen, the front buffer is the one that was drawn. The rows are bottom up.
        self.window.GetPixelData(0, 0, width - 1, height - 1, 1, self.pixels, 0)
        return vtk_to_numpy(self.pixels).reshape(height, width, 3)


def main() -> None:
    cone = Cone()
    with cubestream.connect(bottom_up=True) as screen:
        for request in screen:
            screen.show(cone.draw(request.width, request.height, request.time))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
