#include "source/certs_d.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

static bool folder_path(size_t place, const char *host, char out[static PATH_MAX])
{
	static const char *const system[] = { "/etc/containers", "/etc/docker" };
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int n;
	if (place > 0)
		n = snprintf(out, PATH_MAX, "%s/certs.d/%s", system[place - 1], host);
	else if (config != NULL && config[0] == '/')
		n = snprintf(out, PATH_MAX, "%s/containers/certs.d/%s", config, host);
	else
		n = snprintf(out, PATH_MAX, "%s/.config/containers/certs.d/%s",
			     home == NULL ? "" : home, host);
	return n > 0 && n < PATH_MAX;
}

static DIR *open_folder(const char *host, char path[static PATH_MAX])
{
	for (size_t place = 0; place < 3; place++) {
		DIR *dir = folder_path(place, host, path) ? opendir(path) : NULL;
		if (dir != NULL)
			return dir;
	}
	return NULL;
}

/* NAME.key beside NAME.cert. */
static int open_key(int dir, const char *certificate, struct error *err)
{
	char name[NAME_MAX + 1];
	size_t n = strlen(certificate) - strlen(".cert");
	(void)snprintf(name, sizeof name, "%.*s.key", (int)n, certificate);
	return fd_open_read(dir, name, err);
}

static int take_file(struct certs_d *c, int dir, const char *name, struct error *err)
{
	struct bytes b = bytes_str(name);
	if (bytes_ends_with(b, BYTES_LIT(".crt")) && c->authority_count < CERTS_D_AUTHORITIES) {
		int fd = fd_open_read(dir, name, err);
		if (fd < 0)
			return -1;
		c->authorities[c->authority_count++] = fd;
	}
	if (!bytes_ends_with(b, BYTES_LIT(".cert")) || c->certificate >= 0)
		return 0;
	c->certificate = fd_open_read(dir, name, err);
	c->key = c->certificate < 0 ? -1 : open_key(dir, name, err);
	return c->key < 0 ? -1 : 0;
}

int certs_d_open(const char *host, struct certs_d *ret, struct error *err)
{
	char path[PATH_MAX];
	struct certs_d c = { .certificate = -1, .key = -1 };
	int r = 0;
	*ret = c;
	/* Docker Hub is called by its name there, not by its registry's. */
	if (strcmp(host, "registry-1.docker.io") == 0)
		host = "docker.io";
	cleanup_closedir DIR *dir = open_folder(host, path);
	if (dir == NULL)
		return 0;
	for (struct dirent *e; r == 0 && (e = readdir(dir)) != NULL;)
		r = take_file(&c, dirfd(dir), e->d_name, err);
	if (r < 0) {
		certs_d_close(&c);
		return error_wrap(err, "%s", path);
	}
	*ret = c;
	return 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

void certs_d_close(struct certs_d *c)
{
	for (size_t i = 0; i < c->authority_count; i++)
		close_fd(c->authorities[i]);
	close_fd(c->certificate);
	close_fd(c->key);
	*c = (struct certs_d){ .certificate = -1, .key = -1 };
}
