#include <stdlib.h>

#include "pkgdb/rpm_internal.h"

int rpm_pager_init(struct rpm_pager *p, const struct pkg_file *file, struct error *err)
{
	*p = (struct rpm_pager){ .file = file };
	/* The file's first page is looked at twice: for its magic, and as a page. */
	if (checked_add(file->size, (uint64_t)RPM_PAGE_MAX, &p->left))
		p->left = UINT64_MAX;
	p->window = malloc(RPM_WINDOW);
	if (p->window == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %d bytes", RPM_WINDOW);
	return 0;
}

void rpm_pager_free(struct rpm_pager *p)
{
	free(p->window);
	*p = (struct rpm_pager){ 0 };
}

/* Overflow chains mostly lie in order: reading ahead then saves most calls,
 * and where they do not, doubling from one page wastes little. */
static size_t read_size(struct rpm_pager *p, uint64_t at, size_t n)
{
	p->ahead = at == p->expected ? 2 * p->ahead : n;
	if (p->ahead < n)
		p->ahead = n;
	if (p->ahead > RPM_WINDOW)
		p->ahead = RPM_WINDOW;
	uint64_t left = p->file->size - at;
	return p->ahead < left ? p->ahead : (size_t)left;
}

static int fill(struct rpm_pager *p, uint64_t at, size_t n, struct error *err)
{
	size_t want = read_size(p, at, n);
	p->n = 0;
	if (p->file->read_at(p->file->ctx, at, p->window, want, err) < 0)
		return -1;
	p->at = at;
	p->n = want;
	return 0;
}

int rpm_pager_view(struct rpm_pager *p, uint64_t at, size_t n, struct bytes *ret, struct error *err)
{
	uint64_t end;
	if (n > RPM_PAGE_MAX)
		return error_set(err, ERR_INTERNAL, "a view of %zu bytes", n);
	if (checked_add(at, (uint64_t)n, &end) || end > p->file->size)
		return error_set(err, ERR_TRUNCATED,
				 "%zu bytes at %llu are beyond the end of the file (%llu bytes)", n,
				 (unsigned long long)at, (unsigned long long)p->file->size);
	if (n > p->left)
		return error_set(err, ERR_LIMIT,
				 "its links lead to more pages than it has: they form circles");
	p->left -= n;
	if ((at < p->at || end > p->at + p->n) && fill(p, at, n, err) < 0)
		return -1;
	p->expected = end;
	*ret = bytes_of(p->window + (at - p->at), n);
	return 0;
}
