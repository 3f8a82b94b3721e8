/* What the kernel says of a container's process (proc(5)). */
#include <ctype.h>

#include "source/runtime_internal.h"

/* --- its control groups ---------------------------------------------------------------- */

bool runtime_in_cgroup(struct bytes cgroups, const char *id)
{
	size_t n = strlen(id);
	for (size_t at = 0; n > 0 && at + n <= cgroups.n; at++) {
		const uint8_t *p = cgroups.p + at;
		if (memcmp(p, id, n) == 0 && (at == 0 || !isalnum(p[-1])) &&
		    (at + n == cgroups.n || !isalnum(p[n])))
			return true;
	}
	return false;
}

/* --- where its own changes lie: overlayfs's upper directory ---------------------------------- */

static bool is_octal(const uint8_t *p)
{
	return p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' &&
	       p[2] <= '7';
}

/* The kernel writes blanks, line ends and backslashes as \ooo. Fails when it does
 * not fit. */
static bool copy_plain(struct bytes text, char *out, size_t size)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		const uint8_t *p = text.p + i;
		bool escaped = *p == '\\' && text.n - i > 3 && is_octal(p + 1);
		if (n + 1 == size)
			return false;
		out[n++] = escaped ? (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + p[3] - '0')
				   : (char)*p;
		i += escaped ? 3 : 0;
	}
	out[n] = '\0';
	return true;
}

/* Fields: id, parent, device, root, mount point, options, optional ones, "-", type,
 * source, the file system's options. */
static bool take_line(struct bytes rest, struct bytes *ret_type, struct bytes *ret_options)
{
	struct bytes field, source;
	bool is_root = false;
	for (unsigned i = 0; bytes_next_field(&rest, ' ', &field); i++) {
		if (i == 4)
			is_root = bytes_equal(field, BYTES_LIT("/"));
		if (i > 5 && bytes_equal(field, BYTES_LIT("-")))
			break;
	}
	*ret_options = rest;
	return is_root && bytes_next_field(ret_options, ' ', ret_type) &&
	       bytes_next_field(ret_options, ' ', &source);
}

void runtime_upper(struct bytes mountinfo, char *out, size_t size)
{
	static const char key[] = "upperdir=";
	struct bytes line, type, options, option;
	out[0] = '\0';
	while (bytes_next_field(&mountinfo, '\n', &line)) {
		if (!take_line(line, &type, &options))
			continue;
		/* What is mounted last hides what was there. */
		out[0] = '\0';
		while (bytes_equal(type, BYTES_LIT("overlay")) &&
		       bytes_next_field(&options, ',', &option))
			if (bytes_starts_with(option, bytes_str(key)) &&
			    !copy_plain(bytes_sub(option, strlen(key), option.n), out, size))
				out[0] = '\0';
	}
}
