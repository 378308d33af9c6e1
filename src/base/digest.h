/* Digests of byte strings: MD5 (RFC 1321), SHA-1 and SHA-256 (FIPS 180-4), and the CRC-32 of zip and PNG. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_MD5 16
#define DIGEST_SHA1 20
#define DIGEST_SHA256 32
#define DIGEST_MAX 32 /* bytes of the longest */

void digest_md5(const void *p, size_t len, unsigned char out[DIGEST_MD5]);
void digest_sha1(const void *p, size_t len, unsigned char out[DIGEST_SHA1]);
void digest_sha256(const void *p, size_t len, unsigned char out[DIGEST_SHA256]);
uint32_t digest_crc32(const void *p, size_t len);

#endif
