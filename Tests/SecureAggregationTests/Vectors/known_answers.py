"""Known answers for SecureAggregationTests, computed without any of our code.

    pip install cryptography scipy && python known_answers.py

Prints Swift source: the contents of ../KnownAnswers.swift.
"""

import hashlib
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from scipy.stats import chi2, hypergeom

PRIME = 2**61 - 1


def hkdf(secret, salt, info, length):
    return HKDF(hashes.SHA256(), length, salt or None, info).derive(secret)


def mask(seed, byte_count, first_block=0):
    """AES-128-CTR; the second half of the seed is the initial 128-bit counter block."""
    counter = (int.from_bytes(seed[16:], "big") + first_block) % 2**128
    cipher = Cipher(algorithms.AES(seed[:16]), modes.CTR(counter.to_bytes(16, "big")))
    return cipher.encryptor().update(bytes(byte_count))


def words(data):
    return list(struct.unpack(f"<{len(data) // 4}I", data))


def text(value):
    return struct.pack("<I", len(value.encode())) + value.encode()


def shamir_share(secret, coefficients, point):
    """Five limbs of 60 bits, least significant first; one polynomial per limb."""
    number = int.from_bytes(secret, "little")
    share = b""
    for limb in range(5):
        value = (number >> (60 * limb)) & (2**60 - 1)
        for power, coefficient in enumerate(coefficients[limb], start=1):
            value += coefficient * pow(point, power, PRIME)
        share += struct.pack("<Q", value % PRIME)
    return share


def swift(name, kind, value):
    if isinstance(value, bytes):
        value = ", ".join(f"0x{byte:02X}" for byte in value)
        value = f"[{value}]"
    elif isinstance(value, list):
        value = "[" + ", ".join(str(v) for v in value) + "]"
    print(f"  static let {name}: {kind} = {value}")


def main():
    print("/// Printed by Vectors/known_answers.py.")
    print("enum KnownAnswers {")
    seed = bytes(range(32))
    swift("maskWords", "[UInt32]", words(mask(seed, 64 * 4)))
    swift("maskWordsAtBlock5000", "[UInt32]", words(mask(seed, 16, 5000)))
    carry = bytes(range(16)) + bytes([0xFF] * 15 + [0xFE])
    swift("carryWords", "[UInt32]", words(mask(carry, 64)))

    info = text("fedsim keyed random source") + bytes([2]) + struct.pack("<qq", 3, 4)
    stream = hkdf(struct.pack("<Q", 7), b"", info, 32)
    swift("keyedBytes", "[UInt8]", mask(stream, 48))

    digest = hashlib.sha256(
        text("fedsim secure aggregation 1") + text("secagg_plus") + text("active")
        + struct.pack("<6q", 100, 12, 6, 33, 60, 9) + bytes([32])
        + bytes([1] * 32) + bytes([2] * 32) + bytes([3] * 32)
    ).digest()
    swift("digest", "[UInt8]", digest)

    low, high = bytes([11] * 32), bytes([22] * 32)
    keys = [X25519PrivateKey.from_private_bytes(k) for k in (low, high)]
    public = [k.public_key().public_bytes_raw() for k in keys]
    shared = keys[0].exchange(X25519PublicKey.from_public_bytes(public[1]))
    info = text("pairwise mask") + struct.pack("<I", 4) + public[0]
    info += struct.pack("<I", 9) + public[1]
    swift("pairwiseWords", "[UInt32]", words(mask(hkdf(shared, digest, info, 32), 32)))
    info = text("self mask") + struct.pack("<I", 4)
    swift("selfMaskWords", "[UInt32]", words(mask(hkdf(bytes([5] * 32), digest, info, 32), 32)))

    secret = hashlib.sha256(b"shamir").digest()
    coefficients = [[(limb + 1) * 10**17 + 3, PRIME - 1 - limb] for limb in range(5)]
    swift("secret", "[UInt8]", secret)
    for point in (1, 5, 1000):
        swift(f"share{point}", "[UInt8]", shamir_share(secret, coefficients, point))

    print("  /// k, t and P[fewer than t of k neighbours stay] in a cohort of 100 that 20 leave.")
    print("  static let neighbourTails: [(Int, Int, Double)] = [")
    for k, t in ((20, 12), (44, 30)):
        print(f"    ({k}, {t}, {hypergeom.cdf(t - 1, 100, 80, k)!r}),")
    print("  ]")
    print("  /// χ² with 255 degrees of freedom at 10⁻⁴ and 1 − 10⁻⁴.")
    print(f"  static let chiSquare255 = {chi2.ppf(1e-4, 255):.4f}...{chi2.ppf(1 - 1e-4, 255):.4f}")
    print("}")


if __name__ == "__main__":
    main()
