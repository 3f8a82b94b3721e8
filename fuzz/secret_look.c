/* A file of any bytes, whole and in pieces: both must find the same. The first byte
 * chooses the path, the second the size of the pieces. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "secret/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One rule a check, and the kinds of expressions that the engine treats differently. */
static const char rules_text[] =
	"corten = 1\n"
	"[[rules]]\nid = 'k'\nmask = 'block'\nvalidate = 'private-key'\n"
	"regex = '''-----BEGIN [A-Z ]{0,40}PRIVATE KEY[A-Z "
	"]{0,6}-----[\\s\\S]{16,16000}?-----END'''\n"
	"[[rules]]\nid = 'g'\nvalidate = 'github-crc32'\nregex = '''gh[ps]_\\w{36}'''\n"
	"[[rules]]\nid = 'j'\nvalidate = 'jwt'\nregex = '''ey[\\w-]{4,900}\\.[\\w-]{4,900}\\.'''\n"
	"[[rules]]\nid = 'b'\nvalidate = 'basic-auth'\nregex = '''Basic ([A-Za-z0-9+/=]+)'''\n"
	"[[rules]]\nid = 'o'\nvalidate = 'base64-json'\nregex = '''glc_([A-Za-z0-9+/=]+)'''\n"
	"[[rules]]\nid = 's'\nvalidate = 'grafana-crc32'\nregex = '''glsa_\\w{32}_\\w{8}'''\n"
	"[[rules]]\nid = 'a'\nvalidate = 'aws-key-id'\nregex = '''\\bAKIA[A-Z0-9]{16}\\b'''\n"
	"[[rules]]\nid = 'l'\nconfidence = 'low'\nregex = '''(?<!x)key\\s*=\\s*(\\S{6,})'''\n"
	"[[rules]]\nid = 'e'\nregex = '''(?m)^pass: (.*)$'''\nkeywords = ['db']\n"
	"[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['''#''']\nstopwords = ['none']\n"
	"[[rules]]\nid = 't'\npath = '''\\.jks$'''\nvalidate = 'jks'\n"
	"[[rules]]\nid = 'p'\npath = '''\\.p12$'''\nvalidate = 'pkcs12'\n";

struct hits {
	unsigned n;
	uint64_t sum;
};

static int on_match(void *ctx, const struct secret_match *m, struct error *err)
{
	struct hits *h = ctx;
	(void)err;
	if (m->masked.n > 128 || m->context.n > 200 || m->line == 0 || m->column == 0)
		abort();
	h->n++;
	h->sum = h->sum * 31 + m->rule + m->line * 7 + m->column * 11 + m->offset * 13 +
		 m->hash.sha256[0] + m->masked.n + m->context.n * 3;
	return 0;
}

static int compile_rules(void)
{
	struct error err = { 0 };
	struct secret_rules *rules = NULL;
	char path[64];
	int text = memfd_create("rules", MFD_CLOEXEC), blob = -1;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", text);
	const char *file = path;
	struct secret_rule_options o = { .files = &file, .file_count = 1 };
	if (text < 0 || fd_write_full(text, rules_text, sizeof rules_text - 1) < 0 ||
	    secret_rules_load(&o, &rules, &err) < 0 ||
	    secret_rules_compile(rules, NULL, &blob, NULL, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		abort();
	}
	(void)close(text);
	secret_rules_free(rules);
	return blob;
}

/* An engine stops telling after LIMIT_SECRET_FINDINGS: then there is a new one. */
static struct secret_engine *engine_for(unsigned findings)
{
	static struct secret_engine *engine;
	static unsigned told;
	static int blob = -1;
	struct error err = { 0 };
	if (blob < 0)
		blob = compile_rules();
	told += findings;
	if (told > LIMIT_SECRET_FINDINGS / 2) {
		secret_engine_close(engine);
		engine = NULL;
		told = 0;
	}
	if (engine == NULL && secret_engine_open(blob, &engine, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return engine;
}

static struct hits look(struct secret_engine *e, const char *path, struct bytes text, size_t piece)
{
	struct hits h = { 0 };
	struct error err = { 0 };
	struct secret_sink sink = { .match = on_match, .ctx = &h };
	if (!secret_begin(e, bytes_str(path), text.n, sink, &err))
		return h;
	for (size_t at = 0; at < text.n; at += piece)
		if (secret_feed(e, bytes_sub(text, at, at + piece), &err) < 0)
			abort();
	if (secret_end(e, &err) < 0)
		abort();
	return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "srv/app.conf", "srv/a.jks", "srv/a.p12", "" };
	struct secret_engine *engine = engine_for(0);
	if (size < 2)
		return 0;
	struct bytes text = bytes_of(data + 2, size - 2);
	const char *path = paths[data[0] % 4];
	size_t piece = data[1] % 64 + 1;
	struct hits whole = look(engine, path, text, text.n + 1);
	struct hits parts = look(engine, path, text, piece);
	if (whole.n != parts.n || whole.sum != parts.sum)
		abort();
	(void)engine_for(whole.n + parts.n);
	return 0;
}
