#include "base/own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_directory(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int own_rules(const char *kind, char out[static PATH_MAX], struct error *err)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	self[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(self, '/');
	if (slash != NULL) {
		*slash = '\0';
		int length = snprintf(out, PATH_MAX, "%s/../share/corten/rules/%s", self, kind);
		if (length > 0 && length < PATH_MAX && is_directory(out))
			return 0;
	}
	(void)snprintf(out, PATH_MAX, "/usr/share/corten/rules/%s", kind);
	if (is_directory(out))
		return 0;
	return error_set(err, ERR_NOT_FOUND,
			 "the rules that come with the program are missing (%s); install it again",
			 out);
}
