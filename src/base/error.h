/* Errors by value: the caller owns a struct error, the place where something
 * fails fills it, and callers on the way up add context. No allocation.
 *
 * Convention: a function that can fail returns 0 or -1 and takes the error as
 * its last parameter; on -1 the error is filled and ret_ parameters are
 * untouched. A NULL error is allowed where nobody wants to know. */
#ifndef CORTEN_BASE_ERROR_H
#define CORTEN_BASE_ERROR_H

#include <stdbool.h>

/* The code is the stable, machine-readable name of what went wrong; it is the
 * "code" member of an `incomplete` entry (see doc/scan-json.md). Add at the end. */
enum error_code {
	ERR_NONE,
	ERR_USAGE, /* the command line asks for something impossible */
	ERR_IO, /* the operating system refused a read or a write */
	ERR_NOT_FOUND, /* the thing named does not exist */
	ERR_PERMISSION, /* it exists, but this user may not have it */
	ERR_MALFORMED, /* the bytes break their format */
	ERR_TRUNCATED, /* the bytes end before their format does */
	ERR_LIMIT, /* a size, count, depth or ratio limit was passed */
	ERR_DIGEST, /* content and digest disagree */
	ERR_UNSUPPORTED, /* valid, but of a kind this version cannot read */
	ERR_NETWORK, /* no connection, or it broke for good */
	ERR_AUTH, /* the server wants other credentials */
	ERR_TLS, /* the server's certificate is not trusted */
	ERR_WORKER_DIED, /* a sandboxed worker ended without its result */
	ERR_WORKER_TIMEOUT, /* a sandboxed worker did not end in time */
	ERR_PROTOCOL, /* a worker or server talked nonsense */
	ERR_MEMORY, /* no memory */
	ERR_DB_CORRUPT, /* the vulnerability database is damaged */
	ERR_DB_MISSING, /* there is no vulnerability database */
	ERR_SIGNATURE, /* a signature is missing or wrong */
	ERR_OLD_GENERATION, /* older than what is in use */
	ERR_NO_ADVISORIES, /* no advisories for this operating system */
	ERR_OS_UNKNOWN, /* packages of a distribution that cannot be told */
	ERR_UNPARSABLE, /* one record could not be understood and was left out */
	ERR_CHANGED, /* the input changed while it was read */
	ERR_CANCELLED, /* the user asked to stop */
	ERR_INTERNAL, /* a bug of ours */
	ERR_PACKAGES_REMOVED, /* a package database was deleted in a later layer */
	ERR_CODES
};

enum { ERROR_TEXT_MAX = 512 };

struct error {
	enum error_code code;
	int os; /* errno, or 0 */
	char text[ERROR_TEXT_MAX]; /* for people: the thing, the reason, the way out */
};

/* "digest_mismatch" and so on; "internal" for a code out of range. */
const char *error_code_name(enum error_code code);

/* The code of a name, ERR_CODES if there is none. */
enum error_code error_code_from_name(const char *name);

/* Fills err and returns -1, so that `return error_set(...)` reads well. */
int error_set(struct error *err, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set for a failed system call: appends strerror(errno), keeps errno,
 * and picks the code (ENOENT: not_found, EACCES and EPERM: permission,
 * ENOMEM: memory, else io). Returns -1. */
int error_errno(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " before the text; the code stays. Returns -1. */
int error_wrap(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#ifdef __clang_analyzer__
/* It reads one file at a time, and has to know that these always fail. */
#define error_set(...) (error_set(__VA_ARGS__), -1)
#define error_errno(...) (error_errno(__VA_ARGS__), -1)
#define error_wrap(...) (error_wrap(__VA_ARGS__), -1)
#endif

void error_clear(struct error *err);

#endif
