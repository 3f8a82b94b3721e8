#include "source/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "source/docker_config.h"

enum { CONFIG_MAX = 4 * 1024 * 1024 };

/* The file's path; false when there is no home to look in. */
static bool config_path(char out[static PATH_MAX])
{
	const char *dir = getenv("DOCKER_CONFIG");
	const char *home = getenv("HOME");
	int n;
	if (dir != NULL && dir[0] != '\0')
		n = snprintf(out, PATH_MAX, "%s/config.json", dir);
	else if (home != NULL && home[0] != '\0')
		n = snprintf(out, PATH_MAX, "%s/.docker/config.json", home);
	else
		return false;
	return n > 0 && n < PATH_MAX;
}

/* 1 when read, 0 when there is none. */
static int read_config(struct buf *out, struct error *err)
{
	char path[PATH_MAX];
	if (!config_path(path))
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

int credentials_find(const char *host, struct credential *ret, struct error *err)
{
	cleanup_secret_buf struct buf text = buf_max(CONFIG_MAX);
	struct docker_config_entry e = { 0 };
	int got = read_config(&text, err);
	if (got < 0)
		return -1;
	if (got > 0 && docker_config_parse(buf_view(&text), host, &e, err) < 0)
		return error_wrap(err, "Docker's config.json");
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
