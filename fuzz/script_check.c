/* A file of any bytes, by the rules that are shipped in kind: each form that rules have. The
 * first byte chooses the path, and so the language. Looked at twice, it must tell the same. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "script/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules_text[] =
	"corten = 1\nkind = 'malware'\nclass = 'c'\nengine = 'script'\nseverity = 'high'\n"
	"[[rules]]\nid = 'a'\ntitle = 't'\nwhy = 'w'\n"
	"any = ['''curl .*{{oddhost}}.*\\| ?{{runner}}''', '''(?i)eval\\(''']\n"
	"except = ['''localhost''']\n"
	"[[rules]]\nid = 'b'\ntitle = 't'\nnear = 5\n"
	"all = [['''wget .*{{ip}}''', '''socket'''], ['''^\\./\\w'''], ['''chmod|exec\\(''']]\n"
	"unless = ['''trusted''']\n"
	"[[rules]]\nid = 'c'\ntitle = 't'\nenough = 50\nalone = true\n"
	"points = [[30, '''/tmp/'''], [30, '''base64'''], [20, '''history''']]\n"
	"[[rules]]\nid = 'd'\ntitle = 't'\npaths = ['*.service', 'etc/*']\nany = ['''^\\w+=''']\n"
	"[[rules]]\nid = 'e'\ntitle = 't'\nlanguages = ['python', 'shell']\n"
	"all = [['''import '''], ['''exec'''], ['''decode''']]\n";

static const struct check_set *load_rules(void)
{
	struct error err = { 0 };
	char dir[] = "/tmp/fuzz-script-XXXXXX", path[128];
	struct check_rules *rules = NULL;
	struct check_set *set = NULL;
	int blob = -1;
	if (mkdtemp(dir) == NULL)
		abort();
	(void)snprintf(path, sizeof path, "%s/malware", dir);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof path, "%s/malware/r.toml", dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	const char *const dirs[] = { dir };
	struct check_rule_options o = { .dirs = dirs, .dir_count = 1 };
	if (fd < 0 || fd_write_full(fd, rules_text, sizeof rules_text - 1) < 0 ||
	    check_rules_load(&o, &rules, &err) < 0 ||
	    check_rules_send(rules, 1U << CHECK_MALWARE, &blob, &err) < 0 ||
	    check_set_open(blob, &set, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		abort();
	}
	(void)close(fd);
	(void)close(blob);
	(void)unlink(path);
	(void)snprintf(path, sizeof path, "%s/malware", dir);
	(void)rmdir(path);
	(void)rmdir(dir);
	check_rules_free(rules);
	return set;
}

struct hits {
	unsigned n;
	uint64_t sum;
};

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	struct hits *h = ctx;
	(void)err;
	if (m->evidence.n > CHECK_EVIDENCE_MAX || m->line == 0)
		abort();
	h->n++;
	h->sum = h->sum * 31 + m->rule * 7 + m->line * 11 + m->evidence.n;
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

/* An engine stops telling after LIMIT_CHECK_FINDINGS: then there is a new one. */
static struct script_engine *engine_for(unsigned findings)
{
	static const struct check_set *set;
	static struct script_engine *engine;
	static unsigned told;
	struct error err = { 0 };
	if (set == NULL)
		set = load_rules();
	told += findings;
	if (told > LIMIT_CHECK_FINDINGS / 2) {
		script_close(engine);
		engine = NULL;
		told = 0;
	}
	if (engine == NULL && script_open(set, &engine, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return engine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "tmp/x",     "a.sh",  "a.py",         "a.js",
					     "a.ps1",     "a.php", "a.pl",         "a.lua",
					     "a.service", "a.rb",  "etc/cron.d/x", "config.json" };
	struct script_engine *engine = engine_for(0);
	struct hits hits[2] = { 0 };
	struct error err = { 0 };
	if (size < 1)
		return 0;
	struct bytes path = bytes_str(paths[data[0] % (sizeof paths / sizeof paths[0])]);
	struct bytes text = bytes_of(data + 1, size - 1);
	for (unsigned i = 0; i < 2; i++) {
		struct check_sink sink = { on_match, on_limit, &hits[i] };
		if (script_check(engine, path, text, &sink, &err) < 0) {
			(void)fprintf(stderr, "%s\n", err.text);
			abort();
		}
	}
	if (hits[0].n != hits[1].n || hits[0].sum != hits[1].sum)
		abort();
	(void)engine_for(hits[0].n + hits[1].n);
	return 0;
}
