# SPDX-License-Identifier: MIT
"""Installs the package with pip into an environment of its own, without a network, as clients/python/README.md says.

Needs pip, venv, setuptools and wheel (Debian: python3-pip, python3-venv, python3-setuptools, python3-wheel).
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


class Install(unittest.TestCase):
    def run_quietly(self, *command):
        """Runs a command; returns its output, and fails with it."""
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, f"{' '.join(command)}: {done.stdout}")
        return done.stdout.strip()

    def test_pip_installs_the_package_without_a_network(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        source, python = os.path.join(self.folder, "source"), os.path.join(self.folder, "venv", "bin", "python")
        ignored = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
        shutil.copytree(CLIENT, source, ignore=ignored)  # pip writes into it
        self.run_quietly(sys.executable, "-m", "venv", "--system-site-packages", "venv")
        self.run_quietly(python, "-m", "pip", "install", "--no-index", "--no-build-isolation", source)
        file = self.run_quietly(python, "-c", "import cubestream; print(cubestream.__file__)")
        self.assertTrue(file.startswith(os.path.join(self.folder, "venv")), file)
        with open(file, encoding="utf-8") as ours, open(os.path.join(CLIENT, "cubestream.py"), encoding="utf-8") as other:
            self.assertEqual(ours.read(), other.read())


if __name__ == "__main__":
    unittest.main()
