#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const code_names[ERR_CODES] = {
	[ERR_NONE] = "none",
	[ERR_USAGE] = "usage",
	[ERR_IO] = "io",
	[ERR_NOT_FOUND] = "not_found",
	[ERR_PERMISSION] = "permission",
	[ERR_MALFORMED] = "malformed",
	[ERR_TRUNCATED] = "truncated",
	[ERR_LIMIT] = "limit_exceeded",
	[ERR_DIGEST] = "digest_mismatch",
	[ERR_UNSUPPORTED] = "unsupported",
	[ERR_NETWORK] = "network",
	[ERR_AUTH] = "unauthorized",
	[ERR_TLS] = "tls",
	[ERR_WORKER_DIED] = "worker_died",
	[ERR_WORKER_TIMEOUT] = "worker_timeout",
	[ERR_PROTOCOL] = "protocol",
	[ERR_MEMORY] = "memory",
	[ERR_DB_CORRUPT] = "db_corrupt",
	[ERR_DB_MISSING] = "db_missing",
	[ERR_SIGNATURE] = "bad_signature",
	[ERR_OLD_GENERATION] = "old_generation",
	[ERR_NO_ADVISORIES] = "no_advisories",
	[ERR_OS_UNKNOWN] = "os_unknown",
	[ERR_UNPARSABLE] = "unparsable",
	[ERR_CHANGED] = "changed",
	[ERR_CANCELLED] = "cancelled",
	[ERR_INTERNAL] = "internal",
	[ERR_PACKAGES_REMOVED] = "packages_removed",
};

const char *error_code_name(enum error_code code)
{
	if ((unsigned)code >= ERR_CODES || code_names[code] == NULL)
		return "internal";
	return code_names[code];
}

enum error_code error_code_from_name(const char *name)
{
	for (unsigned i = 0; i < ERR_CODES; i++)
		if (code_names[i] != NULL && strcmp(code_names[i], name) == 0)
			return (enum error_code)i;
	return ERR_CODES;
}

#undef error_set
#undef error_errno
#undef error_wrap

int error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
	if (err == NULL)
		return -1;
	va_list ap;
	va_start(ap, fmt);
	err->code = code;
	err->os = 0;
	(void)vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	return -1;
}

static enum error_code code_of_errno(int os)
{
	switch (os) {
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
		return ERR_PERMISSION;
	case ENOMEM:
		return ERR_MEMORY;
	default:
		return ERR_IO;
	}
}

int error_errno(struct error *err, const char *fmt, ...)
{
	int os = errno;
	if (err == NULL)
		return -1;
	va_list ap;
	va_start(ap, fmt);
	err->code = code_of_errno(os);
	err->os = os;
	int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof err->text)
		(void)snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", strerror(os));
	return -1;
}

int error_wrap(struct error *err, const char *fmt, ...)
{
	if (err == NULL)
		return -1;
	char inner[ERROR_TEXT_MAX];
	memcpy(inner, err->text, sizeof inner);
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof err->text)
		(void)snprintf(err->text + n, sizeof err->text - (size_t)n, ": %.*s",
			       (int)sizeof inner - 1, inner);
	return -1;
}

void error_clear(struct error *err)
{
	err->code = ERR_NONE;
	err->os = 0;
	err->text[0] = '\0';
}
