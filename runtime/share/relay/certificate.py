"""The relay's certificate, read and looked at when it starts: what visitors' browsers would refuse is told at once."""

import ssl
from pathlib import Path

from cryptography import x509
from modelapp.core.errors import EnvironmentFault


def server_context(certificate: Path, key: Path | None, domain: str) -> ssl.SSLContext:
    """Return what speaks TLS with visitors.

    Args:
        certificate: File of the certificate, with those that lead to its root.
        key: File of its private key, or None if it is in the certificate's file.
        domain: The domain whose subdomains it must cover, or "".

    Raises:
        EnvironmentFault: If it cannot be used, or does not cover them.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
        names = covered_names(certificate)
    except (OSError, ValueError) as problem:  # an SSLError is an OSError
        raise EnvironmentFault(
            f"The certificate {str(certificate)!r} cannot be used: {getattr(problem, 'strerror', None) or problem}.",
            hint="--tls-cert takes the whole chain as PEM, --tls-key its private key.",
        ) from None
    if domain and f"*.{domain}" not in names:
        shown = ", ".join(sorted(names)) or "no name"
        raise EnvironmentFault(
            f"The certificate {str(certificate)!r} is for {shown}, and not for the names under {domain}.",
            hint=f"--domain needs a wildcard certificate: one for *.{domain} and {domain}.",
        )
    return context


def covers(certificate: Path, name: str) -> bool:
    """Return True if a certificate that can be read is for a name, or for all names beside it."""
    return not covered_names(certificate).isdisjoint((name, f"*.{name.partition('.')[2]}"))


def covered_names(certificate: Path) -> frozenset[str]:
    """Return the names of DNS that the first certificate of a file is for.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no certificate.
    """
    first = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    try:
        names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(name.lower() for name in names.get_values_for_type(x509.DNSName))
