/* secret_echo RULES FILE PIECE: what the rules find in the file, which is given to the
 * engine in pieces of so many bytes. One line a finding: rule, offset, line, column. */
#include <fcntl.h>
#include <stdlib.h>

#include "secret/secret.h"

static int on_match(void *ctx, const struct secret_match *m, struct error *err)
{
	struct secret_rule_info info;
	(void)err;
	secret_rule_info(ctx, m->rule, &info);
	(void)printf("%s\t%llu\t%u\t%u\n", info.id, (unsigned long long)m->offset, m->line,
		     m->column);
	return 0;
}

static int on_limit(void *ctx, const char *what, struct error *err)
{
	(void)ctx;
	(void)err;
	(void)printf("limit\t%s\n", what);
	return 0;
}

static int echo(const char *rules_path, struct bytes text, size_t piece, struct error *err)
{
	struct secret_rules *rules = NULL;
	struct secret_engine *e = NULL;
	struct secret_rule_options o = { .files = &rules_path, .file_count = 1 };
	cleanup_close int fd = -1;
	if (secret_rules_load(&o, &rules, err) < 0 ||
	    secret_rules_compile(rules, NULL, &fd, NULL, err) < 0 ||
	    secret_engine_open(fd, &e, err) < 0) {
		secret_rules_free(rules);
		return -1;
	}
	struct secret_sink sink = { on_match, on_limit, rules };
	int r = 0;
	if (secret_begin(e, BYTES_LIT("file"), text.n, sink, err)) {
		for (size_t at = 0; at < text.n && r == 0; at += piece)
			r = secret_feed(e, bytes_sub(text, at, at + piece), err);
		r = r < 0 ? r : secret_end(e, err);
	}
	secret_engine_close(e);
	secret_rules_free(rules);
	return r;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	uint64_t piece = 0;
	cleanup_buf struct buf text = buf_max(64 * MIB);
	if (argc != 4 || !bytes_to_u64(bytes_str(argv[3]), &piece) || piece == 0) {
		(void)fprintf(stderr, "usage: %s RULES FILE PIECE\n", argv[0]);
		return EXIT_FAILURE;
	}
	cleanup_close int fd = fd_open_read(AT_FDCWD, argv[2], &err);
	if (fd < 0 || fd_read_all(fd, &text, &err) < 0 ||
	    echo(argv[1], buf_view(&text), (size_t)piece, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
