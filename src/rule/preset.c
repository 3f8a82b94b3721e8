/* The sets of rules that come with the programs. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/own.h"
#include "rule/rule.h"

int rule_preset_load(struct rule_set *s, const char *name, struct error *err)
{
	char folder[PATH_MAX], path[PATH_MAX + 64], origin[64];
	cleanup_buf struct buf text = buf_max(LIMIT_RULE_FILE);
	if (own_rules("guard", folder, err) < 0)
		return -1;
	(void)snprintf(path, sizeof path, "%s/%s.yaml", folder, name);
	(void)snprintf(origin, sizeof origin, "preset:%s", name);
	cleanup_close int fd = fd_open_read(AT_FDCWD, path, err);
	if (fd < 0 || fd_read_all(fd, &text, err) < 0)
		return -1;
	return rule_set_read(s, origin, buf_view(&text), err);
}

int rule_set_load_node(struct rule_set *s, const char *folder, struct error *err)
{
	if (access(folder, F_OK) != 0 && errno == ENOENT)
		return rule_preset_load(s, "observe", err);
	return rule_set_load(s, folder, err);
}
