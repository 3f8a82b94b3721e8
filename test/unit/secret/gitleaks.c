/* gitleaks' rule files, and what they mean there. */
#include "secret_try.h"

static size_t found(const char *toml, const char *path, const char *text)
{
	static struct hits h;
	struct secret_engine *e = engine_of_text(toml);
	look(e, path, bytes_str(text), 0, &h);
	secret_engine_close(e);
	return h.n;
}

static void each_key_of_a_rule_does_what_it_does_there(void **state)
{
	static const struct {
		const char *toml, *path, *text;
		size_t n;
	} cases[] = {
		/* The secret is the first group that matched, or the one that is named. */
		{ "[[rules]]\nid='a'\nregex='''k=([a-z]+)|q=([0-9]+)'''\nentropy=1\n", "f",
		  "q=0101", 0 },
		{ "[[rules]]\nid='a'\nregex='''k=([a-z]+)|q=([0-9]+)'''\nentropy=1\n", "f",
		  "q=01234", 1 },
		{ "[[rules]]\nid='a'\nregex='''(k)=([a-z]+)'''\nsecretGroup=2\nentropy=1\n", "f",
		  "k=abcd", 1 },
		{ "[[rules]]\nid='a'\nregex='''(k)=([a-z]+)'''\nsecretGroup=1\nentropy=1\n", "f",
		  "k=abcd", 0 },
		{ "[[rules]]\nid='a'\nregex='''k=([a-z]+)'''\nsecretGroup=3\n", "f", "k=abcd", 0 },
		/* More than the entropy, not as much. */
		{ "[[rules]]\nid='a'\nregex='''k=([a-z]+)'''\nentropy=2.0\n", "f", "k=abcd", 0 },
		{ "[[rules]]\nid='a'\nregex='''k=([a-z]+)'''\nentropy=1.99\n", "f", "k=abcd", 1 },
		/* One keyword, in any case, anywhere near. */
		{ "[[rules]]\nid='a'\nregex='''k=([a-z]+)'''\nkeywords=['Acme','no']\n", "f",
		  "k=abcd # aCMe", 1 },
		{ "[[rules]]\nid='a'\nregex='''k=([a-z]+)'''\nkeywords=['acme']\n", "f", "k=abcd",
		  0 },
		/* A path alone, and with a regex. */
		{ "[[rules]]\nid='a'\npath='''\\.key$'''\n", "d/x.key", "-", 1 },
		{ "[[rules]]\nid='a'\npath='''\\.key$'''\n", "d/x.keys", "-", 0 },
		{ "[[rules]]\nid='a'\npath='''\\.key$'''\nregex='''k='''\n", "d/x.key", "k=", 1 },
		{ "[[rules]]\nid='a'\npath='''\\.key$'''\nregex='''k='''\n", "d/x", "k=", 0 },
		/* Go's "$" is the end of the text, with (?m) that of a line. */
		{ "[[rules]]\nid='a'\nregex='''k=[a-z]+$'''\n", "f", "k=abcd\n", 0 },
		{ "[[rules]]\nid='a'\nregex='''k=[a-z]+$'''\n", "f", "k=abcd", 1 },
		{ "[[rules]]\nid='a'\nregex='''(?m)k=[a-z]+$'''\n", "f", "k=abcd\n", 1 },
		{ "[[rules]]\nid='a'\nregex='''(?P<x>k)=(?i:ABC)\\z'''\n", "f", "k=abc", 1 },
		/* No prejudice about examples: that is a matter of our own files. */
		{ "[[rules]]\nid='a'\nregex='''AKIA[A-Z0-9]{16}'''\n", "f", "AKIAIOSFODNN7EXAMPLE",
		  1 },
		{ "corten=1\n[[rules]]\nid='a'\nregex='''AKIA[A-Z0-9]{16}'''\n", "f",
		  "AKIAIOSFODNN7EXAMPLE", 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = found(cases[i].toml, cases[i].path, cases[i].text);
		if (n != cases[i].n)
			fail_msg("%zu: %zu found, not %zu", i, n, cases[i].n);
	}
}

#define RULE "[[rules]]\nid='a'\nregex='''k=([a-z]+)'''\n"

static void allow_lists_do_what_they_do_there(void **state)
{
	static const struct {
		const char *toml;
		size_t n;
	} cases[] = {
		{ RULE "[rules.allowlist]\nregexes=['''^ab''']\n", 0 },
		{ RULE "[[rules.allowlists]]\nregexes=['''^ab''']\n", 0 },
		{ RULE "[[rules.allowlists]]\nregexes=['''^k''']\n", 1 },
		{ RULE "[[rules.allowlists]]\nregexTarget='match'\nregexes=['''^k''']\n", 0 },
		{ RULE "[[rules.allowlists]]\nregexTarget='line'\nregexes=['''# here''']\n", 0 },
		{ RULE "[[rules.allowlists]]\nstopwords=['BC']\n", 0 },
		{ RULE "[[rules.allowlists]]\npaths=['''^srv/''']\n", 0 },
		{ RULE "[[rules.allowlists]]\npaths=['''^etc/''']\n", 1 },
		{ RULE "[[rules.allowlists]]\npaths=['''^etc/''']\nstopwords=['bc']\n", 0 },
		{ RULE
		  "[[rules.allowlists]]\ncondition='AND'\npaths=['''^etc/''']\nstopwords=['bc']\n",
		  1 },
		{ RULE
		  "[[rules.allowlists]]\ncondition='AND'\npaths=['''^srv/''']\nstopwords=['bc']\n",
		  0 },
		{ RULE "[[rules.allowlists]]\ncondition='AND'\npaths=['''^srv/''']\n"
		       "regexes=['''zz''']\n",
		  1 },
		{ RULE
		  "[[rules.allowlists]]\ncondition='AND'\ncommits=['abc']\npaths=['''^srv/''']\n",
		  1 },
		{ "[allowlist]\npaths=['''^srv/''']\n" RULE, 0 },
		{ "[[allowlists]]\nstopwords=['bc']\n" RULE, 0 },
		{ "[[allowlists]]\ntargetRules=['b']\nstopwords=['bc']\n" RULE, 1 },
		{ "[[allowlists]]\ntargetRules=['a']\nstopwords=['bc']\n" RULE, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = found(cases[i].toml, "srv/f", "k=abcd # here\n");
		if (n != cases[i].n)
			fail_msg("%zu: %zu found, not %zu", i, n, cases[i].n);
	}
}

static void what_is_not_followed_is_said(void **state)
{
	static const struct {
		const char *toml, *says;
	} cases[] = {
		{ "[extend]\nuseDefault = true\n" RULE, "useDefault" },
		{ "[extend]\npath = 'other.toml'\n" RULE, "extend.path" },
		{ RULE "[[rules.required]]\nid = 'b'\n", "required" },
		{ RULE "[[rules.allowlists]]\ncommits = ['abc']\nstopwords = ['x']\n", "commits" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct secret_rules *r = rules_of(cases[i].toml);
		assert_int_equal(secret_rules_note_count(r), 1);
		if (strstr(secret_rules_note(r, 0), cases[i].says) == NULL)
			fail_msg("%s", secret_rules_note(r, 0));
		secret_rules_free(r);
	}
}

/* What Vectorscan alone cannot do goes through its prefilter. */
static void expressions_of_every_kind_find_what_pcre2_finds(void **state)
{
	static const struct {
		const char *regex, *text;
		size_t n;
	} cases[] = {
		{ "(?<!x)abc", "xabc", 0 },
		{ "(?<!x)abc", "yabc", 1 },
		{ "abc(?!d)", "abcd", 0 },
		{ "abc(?=d)", "abcd", 1 },
		{ "([a-z])\\1k", "aak", 1 },
		{ "([a-z])\\1k", "abk", 0 },
		{ "(?i)[\\w.-]{0,50}?(?:acme)(?:[ \\t\\w.-]{0,20})[=:]([a-z0-9]{8})(?:[\\s;]|$)",
		  "my_ACME_key:ab12cd34", 1 },
		{ "(?:a{0,3}c|b)", "zzb", 1 },
		/* What may be empty at the begin is left to PCRE2. */
		{ "[\\w.-]{0,50}?key=([0-9]{3})", "a.key=123 b.key=456", 2 },
		{ "\\w*key=([0-9]{3})", "my_key=123", 1 },
		{ "[a-z]{0,5}+key=1", "my_key=1", 0 },
		{ "(?:my|our)?_?key=1", "our_key=1", 1 },
		{ "x?foo=1|bar=1", "bar=1", 1 },
		{ "[a-z]{70,200}!", "abc!", 0 },
		{ "k[a-z]{4,90}", "kabcd", 1 },
		{ "\\Qa{99}\\E=1", "a{99}=1", 1 },
		{ "[^]]{2}=1", "ab=1", 1 },
		{ "[[:alpha:]]{3}=1", "abc=1", 1 },
		{ "\\x61\\x{62}c", "abc", 1 },
		{ "(?s)a.c", "a\nc", 1 },
		{ "a.c", "a\nc", 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char toml[512];
		(void)snprintf(toml, sizeof toml, "[[rules]]\nid='a'\nregex='''%s'''\n",
			       cases[i].regex);
		size_t n = found(toml, "f", cases[i].text);
		if (n != cases[i].n)
			fail_msg("%s: %zu found, not %zu", cases[i].regex, n, cases[i].n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_of_a_rule_does_what_it_does_there),
		cmocka_unit_test(allow_lists_do_what_they_do_there),
		cmocka_unit_test(what_is_not_followed_is_said),
		cmocka_unit_test(expressions_of_every_kind_find_what_pcre2_finds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
