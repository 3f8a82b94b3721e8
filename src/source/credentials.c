#include "source/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "source/docker_config.h"

enum { CONFIG_MAX = 4 * 1024 * 1024 };

/* The files in their order: one that was named, Docker's, podman's
 * (containers-auth.json(5)), all in Docker's form. */
enum config_place { NAMED, DOCKER, RUNTIME, SYSTEM_RUNTIME, USER, HOME, PLACES };

static const char *const place_names[PLACES] = {
	"$REGISTRY_AUTH_FILE", "Docker's config.json", "auth.json", "auth.json", "auth.json",
	"auth.json",
};

static bool put_path(char out[static PATH_MAX], const char *dir, const char *rest)
{
	if (dir == NULL || dir[0] == '\0')
		return false;
	int n = snprintf(out, PATH_MAX, "%s%s", dir, rest);
	return n > 0 && n < PATH_MAX;
}

/* False when nothing says where to look. */
static bool config_path(enum config_place place, char out[static PATH_MAX])
{
	const char *docker = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
	char system[64];
	switch (place) {
	case NAMED:
		return put_path(out, getenv("REGISTRY_AUTH_FILE"), "");
	case DOCKER:
		return put_path(out, docker, "/config.json") ||
		       put_path(out, home, "/.docker/config.json");
	case RUNTIME:
		return put_path(out, getenv("XDG_RUNTIME_DIR"), "/containers/auth.json");
	case SYSTEM_RUNTIME:
		(void)snprintf(system, sizeof system, "/run/containers/%u/auth.json", geteuid());
		return put_path(out, system, "");
	case USER:
		return put_path(out, getenv("XDG_CONFIG_HOME"), "/containers/auth.json");
	default:
		return put_path(out, home, "/.config/containers/auth.json");
	}
}

/* 1 when read, 0 when there is none. */
static int read_config(enum config_place place, struct buf *out, struct error *err)
{
	char path[PATH_MAX];
	out->n = 0;
	if (!config_path(place, path))
		return 0;
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return error_errno(err, "%s", path);
	return fd_read_all(fd, out, err) < 0 ? error_wrap(err, "%s", path) : 1;
}

static int ask_helper(const struct docker_config_entry *e, const char *host, struct credential *ret,
		      struct error *err)
{
	struct credential answer = { 0 };
	if (credential_helper_get(e->helper, docker_config_server(host), &answer, err) < 0)
		return -1;
	if (!credential_is_empty(&answer))
		*ret = answer;
	return !credential_is_empty(&answer);
}

/* What one file says, and the helper that it names. */
static int find_in(enum config_place place, const char *host, struct credential *ret,
		   struct error *err)
{
	cleanup_secret_buf struct buf text = buf_max(CONFIG_MAX);
	struct docker_config_entry e = { 0 };
	int got = read_config(place, &text, err);
	if (got < 0)
		return -1;
	if (got > 0 && docker_config_parse(buf_view(&text), host, &e, err) < 0)
		return error_wrap(err, "%s", place_names[place]);
	if (e.helper[0] == '\0') {
		*ret = e.credential;
		return 0;
	}
	/* What lies in the file itself is the second choice. */
	got = ask_helper(&e, host, ret, err);
	if (got == 0)
		*ret = e.credential;
	else
		credential_wipe(&e.credential);
	return got < 0 ? -1 : 0;
}

int credentials_find(const char *host, struct credential *ret, struct error *err)
{
	struct error first = { 0 };
	for (enum config_place place = NAMED; place < PLACES; place++) {
		struct credential c = { 0 };
		struct error why = { 0 };
		if (find_in(place, host, &c, &why) < 0) {
			if (first.code == ERR_NONE)
				first = why;
		} else if (!credential_is_empty(&c)) {
			*ret = c;
			return 0;
		}
	}
	if (first.code == ERR_NONE) {
		*ret = (struct credential){ 0 };
		return 0;
	}
	if (err != NULL)
		*err = first;
	return -1;
}
