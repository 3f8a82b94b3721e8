/* The readers of configuration forms, what is judged of their settings, and the lines
 * of accounts. The first byte chooses the form. */
#include <stdlib.h>

#include "baseline/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	(void)ctx;
	(void)err;
	if (m->evidence.n > CHECK_EVIDENCE_MAX || m->fix.n > CHECK_FIX_MAX ||
	    bytes_index(m->evidence, 0) >= 0 || bytes_index(m->fix, 0) >= 0)
		abort();
	return 0;
}

static int on_limited(void *ctx, struct bytes path, const char *what, struct error *err)
{
	(void)ctx;
	(void)path;
	(void)what;
	(void)err;
	return 0;
}

static int on_fact(void *ctx, const struct baseline_fact *f, struct error *err)
{
	(void)ctx;
	(void)err;
	if (f->kind >= BASELINE_FACTS || f->password >= BASELINE_PASSWORDS)
		abort();
	return 0;
}

static void judge(const struct form *form, const struct settings *s, enum fix_kind kind)
{
	const struct check_sink sink = { on_match, on_limited, NULL };
	struct condition when = { .key = BYTES_LIT("*"), .pick = PICK_EACH };
	struct rule r = { .kind = RULE_SETTING };
	r.setting.form = form;
	r.setting.when = &when;
	r.setting.when_count = 1;
	r.setting.fix.kind = kind;
	r.setting.fix.text = BYTES_LIT("\"new\"");
	r.setting.fix.old = BYTES_LIT("a");
	(void)judge_settings(&r, s, BYTES_LIT("etc/x"), &sink, NULL);
	when.key = BYTES_LIT("a.b.missing");
	when.absent = true;
	(void)judge_settings(&r, s, BYTES_LIT("etc/x"), &sink, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "words",   "rows",  "properties", "python", "ini",
					     "env",     "unit",  "flags",      "sshd",   "apache",
					     "haproxy", "nginx", "hcl",        "xml",    "hadoop",
					     "yaml",    "json",  "pod",        "toml",   "erlang" };
	const struct baseline_sink sink = { { on_match, on_limited, NULL }, on_fact, NULL, NULL };
	const char *why = "";
	struct settings s;
	if (size == 0 || size > 65536)
		return 0;
	struct bytes text = bytes_of(data + 1, size - 1);
	const struct form *form =
		form_named(bytes_str(names[data[0] % (sizeof names / sizeof names[0])]));
	settings_init(&s, text);
	if (form->read(form, &s, &why)) {
		judge(form, &s, FIX_VALUE);
		judge(form, &s, FIX_SWAP);
		judge(form, &s, FIX_REMOVE);
	}
	settings_free(&s);
	(void)account_facts(1 + data[0] % 4, BYTES_LIT("etc/passwd"), text, NULL, &sink, NULL);
	return 0;
}
