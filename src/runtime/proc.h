/* Small readers of /proc (proc(5)). A process may end at any time: what is not there
 * is no error, it is false. */
#ifndef CORTEN_RUNTIME_PROC_H
#define CORTEN_RUNTIME_PROC_H

#include <sys/types.h>

#include "base/base.h"

/* A file of /proc/PID, at most out->max bytes. */
bool proc_read(pid_t pid, const char *file, struct buf *out);
/* From stat: parent, and start in clock ticks since boot. */
bool proc_stat(pid_t pid, pid_t *ret_parent, uint64_t *ret_start);
/* When it started, in ns since 1970; 0 when that is not known. */
uint64_t proc_started(pid_t pid);
/* The node's namespace of a kind (its inode), and whether a process is in it; false: not
 * to be told. */
bool proc_node_namespace(const char *ns, uint64_t *ret);
bool proc_in_node_namespace(pid_t pid, const char *ns, bool *ret_in);
/* Whether two processes share a namespace ("mnt", "pid", "net"); *ret_same only when
 * both could be asked. */
bool proc_same_namespace(pid_t a, pid_t b, const char *ns, bool *ret_same);
/* The next number of an open /proc, 0 at the end. */
pid_t proc_next(DIR *proc);

/* The control group of the text of /proc/PID/cgroup (cgroups(7)): of the unified
 * hierarchy, or, where that says nothing but "/", of the first other that is not at
 * its root. false: at the root of all. */
bool cgroup_text_path(struct bytes text, struct bytes *ret);

#endif
