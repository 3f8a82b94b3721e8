#include "base/path.h"

static size_t drop_last(const uint8_t *out, size_t n)
{
	while (n > 0 && out[n - 1] != '/')
		n--;
	return n > 0 ? n - 1 : 0;
}

size_t path_clean(struct bytes in, uint8_t *out)
{
	size_t n = 0;
	size_t i = 0;
	while (i < in.n) {
		size_t end = i;
		while (end < in.n && in.p[end] != '/')
			end++;
		size_t len = end - i;
		bool dot = len == 1 && in.p[i] == '.';
		bool dotdot = len == 2 && in.p[i] == '.' && in.p[i + 1] == '.';
		if (dotdot) {
			n = drop_last(out, n);
		} else if (len > 0 && !dot) {
			if (n > 0)
				out[n++] = '/';
			memmove(out + n, in.p + i, len);
			n += len;
		}
		i = end + 1;
	}
	return n;
}

int path_clean_into(struct buf *out, struct bytes raw, struct error *err)
{
	out->n = 0;
	if (buf_reserve(out, raw.n + 1, err) < 0)
		return -1;
	out->n = path_clean(raw, out->p);
	return 0;
}

bool path_within(struct bytes path, struct bytes dir)
{
	if (dir.n == 0)
		return true;
	return bytes_starts_with(path, dir) && (path.n == dir.n || path.p[dir.n] == '/');
}

struct bytes path_dir(struct bytes path)
{
	size_t n = path.n;
	while (n > 0 && path.p[n - 1] != '/')
		n--;
	return bytes_sub(path, 0, n > 0 ? n - 1 : 0);
}

struct bytes path_base(struct bytes path)
{
	size_t n = path.n;
	while (n > 0 && path.p[n - 1] != '/')
		n--;
	return bytes_sub(path, n, path.n);
}
