"""A PDF sealed with a certificate, so that a changed byte is noticed (PAdES baseline B)."""

from datetime import datetime, timedelta
from io import BytesIO

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    KeySerializationEncryption,
    NoEncryption,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter

__all__ = ["new_pkcs12", "open_signer", "signed"]

_YEARS = 10
_FIELD = "IssuedBySchool"


def new_pkcs12(*, name: str, password: str, now: datetime) -> bytes:
    """A fresh key with a certificate that it signs itself, valid ten years, as PKCS#12."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, SHA256())
    )
    sealing: KeySerializationEncryption = (
        BestAvailableEncryption(password.encode()) if password else NoEncryption()
    )
    return pkcs12.serialize_key_and_certificates(b"reports", key, certificate, None, sealing)


def open_signer(data: bytes, *, password: str) -> signers.SimpleSigner:
    """The signer behind a PKCS#12 file; ValueError when file and password do not open."""
    signer: signers.SimpleSigner | None = signers.SimpleSigner.load_pkcs12_data(
        data, other_certs=[], passphrase=password.encode() or None
    )
    if signer is None:
        raise ValueError("the PKCS#12 file holds no key, or the password does not open it")
    return signer


def signed(pdf: bytes, *, signer: signers.SimpleSigner, name: str, reason: str) -> bytes:
    """The PDF with an invisible certifying signature that allows no later change."""
    metadata = signers.PdfSignatureMetadata(
        field_name=_FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        name=name,
        reason=reason,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    target = BytesIO()
    signers.PdfSigner(metadata, signer=signer).sign_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)), output=target
    )
    return target.getvalue()
