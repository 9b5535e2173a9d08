"""`flask certificates`."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from volunteer.certificates import signing
from volunteer.certificates.proving import packed_verifier
from volunteer.kernel import clock

certificates = AppGroup("certificates", help="What signs certificates, and how others check them.")


@certificates.command("make-signer")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--office", help="Whose name the certificate carries; by default the office of this installation.")
def make_signer(folder: Path | None, office: str | None) -> None:
    """Write a fresh key and certificate to FOLDER, readable by their owner only; nothing is overwritten."""
    settings = current_app.config["SETTINGS"]
    folder = folder or settings.signer
    office = office or settings.office_name
    if not signing.make_signer(folder, office=office, product=settings.product_name, at=clock.now()):
        raise click.ClickException(f"{folder} is not empty and is left as it is.")
    signer = signing.FileSigner(folder)
    click.echo(f"Key and certificate written to {folder}, valid until {signer.ends_at:%Y-%m-%d}.")
    click.echo("Keep a copy elsewhere; publish the certificate, never the key.")


@certificates.command("verifier")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def write_verifier(file: Path) -> None:
    """Write the stand-alone verifier to FILE, one file that Python runs: `python FILE certificate.pdf …`."""
    file.write_bytes(packed_verifier())
    click.echo(f"Written to {file}. It needs Python 3.11, cryptography and asn1crypto.")
