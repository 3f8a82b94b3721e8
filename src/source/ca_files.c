#include "source/ca_files.h"

#include <fcntl.h>

#include "source/protocol.h"

int ca_open_system(void)
{
	static const char *const places[] = {
		"/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, Arch */
		"/etc/pki/tls/certs/ca-bundle.crt", /* Fedora, RHEL */
		"/etc/ssl/ca-bundle.pem", /* SUSE */
		"/etc/ssl/cert.pem",
	};
	const char *own = getenv("SSL_CERT_FILE");
	if (own != NULL && own[0] != '\0')
		return open(own, O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		int fd = open(places[i], O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	return -1;
}

int ca_open_file(const char *path, struct error *err)
{
	static const char mark[] = "-----BEGIN ";
	cleanup_buf struct buf text = buf_max(FETCH_CA_MAX);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "%s", path);
	if (fd_read_all(fd, &text, err) < 0)
		return error_wrap(err, "%s", path);
	if (text.n == 0 || memmem(text.p, text.n, mark, strlen(mark)) == NULL)
		return error_set(err, ERR_TLS, "%s: no certificate in PEM form", path);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return error_errno(err, "%s", path);
	return fd_take(&fd);
}
