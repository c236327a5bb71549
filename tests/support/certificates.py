"""An authority of its own and certificates by it, made with the openssl command."""

import subprocess
from pathlib import Path


class Authority:
    def __init__(self, directory: Path):
        self.directory = directory
        self.file = self._path("ca.pem")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                      "-nodes", "-keyout", self._path("ca.key"), "-out", self.file, "-days", "2",
                      "-subj", "/CN=Test authority")

    def issue(self, name: str, days: int = 2) -> tuple[Path, Path]:
        """Certificate (for 127.0.0.1 too) and key of that name; valid for so many days from now."""
        key, request = self._path(f"{name}.key"), self._path(f"{name}.csr")
        certificate, extensions = self._path(f"{name}.pem"), self._path(f"{name}.ext")
        extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        self._openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey",
                      self._path("ca.key"), "-CAcreateserial", "-out", certificate,
                      "-days", days, "-extfile", extensions)
        return certificate, key

    def _path(self, name: str) -> Path:
        return self.directory / name

    def _openssl(self, *arguments) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
