/* Dockerfiles and histories: the first byte chooses which. All rules that come with the
 * program are held against them, so that their readers, masks and fixes see everything. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buildstep/buildstep.h"

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	(void)ctx;
	(void)err;
	/* What the wire would refuse. */
	if (bytes_index(m->path, 0) >= 0 || bytes_index(m->evidence, 0) >= 0 ||
	    bytes_index(m->fix, 0) >= 0 || m->evidence.n > CHECK_EVIDENCE_MAX ||
	    m->fix.n > CHECK_FIX_MAX || m->key.n > CHECK_KEY_MAX)
		abort();
	return 0;
}

static int on_limit(void *ctx, struct bytes path, const char *what, struct error *err)
{
	(void)ctx;
	(void)path;
	(void)what;
	(void)err;
	return 0;
}

/* The rules of the source tree, found by the tests' data. */
static struct buildstep_engine *engine(void)
{
	static struct buildstep_engine *e;
	static struct check_set *set;
	char dir[4096];
	const char *data = getenv("CORTEN_TEST_DATA"), *dirs[] = { dir };
	struct check_rule_options o = { .dirs = dirs, .dir_count = 1 };
	struct check_rules *rules = NULL;
	struct error err = { 0 };
	int fd = -1;
	if (e != NULL)
		return e;
	(void)snprintf(dir, sizeof dir, "%s/../../rules", data == NULL ? "test/data" : data);
	if (check_rules_load(&o, &rules, &err) < 0 ||
	    check_rules_send(rules, 1u << CHECK_BUILD, &fd, &err) < 0 ||
	    check_set_open(fd, &set, &err) < 0 || buildstep_open(set, &e, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		abort();
	}
	check_rules_free(rules);
	return e;
}

static void image(struct buildstep_engine *e, struct bytes text, const struct check_sink *sink)
{
	struct error err = { 0 };
	struct bytes line;
	if (buildstep_image_begin(e, &err) < 0)
		return;
	while (bytes_next_field(&text, '\n', &line))
		if (line.n > 0 &&
		    buildstep_image_add(e, (enum buildstep_setting)(line.p[0] % BUILDSTEP_SETTINGS),
					bytes_sub(line, 1, line.n), &err) < 0)
			return;
	(void)buildstep_image_end(e, sink, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct check_sink sink = { on_match, on_limit, NULL };
	struct error err = { 0 };
	struct buildstep_engine *e = engine();
	if (size == 0)
		return 0;
	struct bytes text = bytes_of(data + 1, size - 1);
	struct buildstep_file f = { .path = BYTES_LIT("Dockerfile"), .text = text };
	if (data[0] == '@')
		image(e, text, &sink);
	else
		(void)buildstep_dockerfile(e, &f, &sink, &err);
	return 0;
}
