/* Scope-bound release: `cleanup_free char *p = NULL;`. */
#ifndef CORTEN_BASE_CLEANUP_H
#define CORTEN_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free_fn(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close_fn(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void cleanup_fclose_fn(FILE **f)
{
	if (*f != NULL)
		(void)fclose(*f);
}

static inline void cleanup_closedir_fn(DIR **d)
{
	if (*d != NULL)
		(void)closedir(*d);
}

#define cleanup_free __attribute__((cleanup(cleanup_free_fn)))
#define cleanup_close __attribute__((cleanup(cleanup_close_fn)))
#define cleanup_fclose __attribute__((cleanup(cleanup_fclose_fn)))
#define cleanup_closedir __attribute__((cleanup(cleanup_closedir_fn)))

/* Hands the descriptor on: the variable becomes -1. */
static inline int fd_take(int *fd)
{
	int out = *fd;
	*fd = -1;
	return out;
}

#endif
