#include "cli/dbpath.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* In a directory of databases: the one in use, or the one that came with the
 * program. */
static const char *const names[] = { "current", "starter.cdb" };

static bool is_file(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool resolve(const char *path, char out[static PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s", path);
	if (n > 0 && n < PATH_MAX && is_file(out))
		return true;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		n = snprintf(out, PATH_MAX, "%s/%s", path, names[i]);
		if (n > 0 && n < PATH_MAX && is_file(out))
			return true;
	}
	return false;
}

static bool in_user_data(char out[static PATH_MAX])
{
	char path[PATH_MAX];
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");
	if (data != NULL && data[0] == '/')
		(void)snprintf(path, sizeof path, "%s/corten/db", data);
	else if (home != NULL && home[0] == '/')
		(void)snprintf(path, sizeof path, "%s/.local/share/corten/db", home);
	else
		return false;
	return resolve(path, out);
}

/* ../share/corten/db from the directory of the running program. */
static bool beside_program(char out[static PATH_MAX])
{
	char self[PATH_MAX], path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0)
		return false;
	self[n] = '\0';
	char *slash = strrchr(self, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	int length = snprintf(path, sizeof path, "%s/../share/corten/db", self);
	return length > 0 && (size_t)length < sizeof path && resolve(path, out);
}

int db_path_find(const char *given, char out[static PATH_MAX], struct error *err)
{
	const char *environment = getenv("CORTEN_DB");
	if (given == NULL && environment != NULL && environment[0] != '\0')
		given = environment;
	if (given != NULL) {
		if (resolve(given, out))
			return 0;
		return error_set(err, ERR_DB_MISSING, "%s: no vulnerability database is there",
				 given);
	}
	if (in_user_data(out) || resolve("/var/lib/corten/db", out) ||
	    resolve("/usr/share/corten/db", out) || beside_program(out))
		return 0;
	return error_set(err, ERR_DB_MISSING,
			 "there is no vulnerability database; make one with `corten db update`");
}
