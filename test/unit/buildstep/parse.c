/* The reader of Dockerfiles, the splitter of shell commands, the reader of histories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "buildstep/model.h"

enum { OUT_MAX = 256 * 1024 };

static void read_build(struct build *b, const char *text)
{
	struct error err = { 0 };
	*b = (struct build){ .arena = arena_max(BUILD_MEMORY), .source = bytes_str(text) };
	if (build_read(b, &err) < 0 || build_resolve(b, &err) < 0 || build_commands(b, &err) < 0)
		fail_msg("%s", err.text);
}

static void put_words(struct buf *out, const char *open, const struct word *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(buf_printf(out, NULL, "%s%.*s%s%s", open, (int)w[i].expanded.n,
					    (const char *)w[i].expanded.p, w[i].dynamic ? "?" : "",
					    open[0] == '<' ? ">" : "]"),
				 0);
}

/* "line OP<flag>[word][word] {name=value} |heredoc|", a step a line. */
static void check_steps(const char *text, const char *wanted)
{
	struct build b;
	cleanup_buf struct buf out = buf_max(OUT_MAX);
	read_build(&b, text);
	for (size_t i = 0; i < b.count; i++) {
		const struct step *s = &b.steps[i];
		(void)buf_printf(&out, NULL, "%u %s%s%s", s->line, s->onbuild ? "ONBUILD " : "",
				 step_op_name(s->op), s->json ? "!" : "");
		put_words(&out, "<", s->flags, s->flag_count);
		if (s->pair_count == 0)
			put_words(&out, "[", s->words, s->word_count);
		for (size_t k = 0; k < s->pair_count; k++)
			(void)buf_printf(&out, NULL, "{%.*s=%.*s}", (int)s->pairs[k].name.value.n,
					 (const char *)s->pairs[k].name.value.p,
					 (int)s->pairs[k].value.expanded.n,
					 (const char *)s->pairs[k].value.expanded.p);
		for (size_t k = 0; k < s->doc_count; k++)
			(void)buf_printf(&out, NULL, "|%.*s%s|", (int)s->docs[k].body.n,
					 (const char *)s->docs[k].body.p,
					 s->docs[k].closed ? "" : "…");
		(void)buf_append_str(&out, "\n", NULL);
	}
	assert_string_equal(buf_cstr(&out, NULL), wanted);
	arena_free(&b.arena);
}

/* Every word's place is where its first and last bytes stand. */
static void check_places(const struct build *b, const struct command *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct word *w = &c->words[i];
		assert_true(w->from <= w->to && w->to <= b->source.n);
		for (size_t k = 0; k < w->value.n; k++)
			assert_true(w->value.at[k] < b->source.n);
	}
}

/* The commands of a RUN: "link name(word,word)>target", '^' when another runs its output. */
static void check_commands(const char *run, const char *wanted)
{
	static const char *const links[] = { "", "&& ", "|| ", "; ", "| " };
	char text[4096];
	struct build b;
	cleanup_buf struct buf out = buf_max(OUT_MAX);
	(void)snprintf(text, sizeof text, "FROM a\nRUN %s\n", run);
	read_build(&b, text);
	const struct step *s = &b.steps[1];
	for (size_t i = 0; i < s->command_count; i++) {
		const struct command *c = &s->commands[i];
		check_places(&b, c);
		(void)buf_printf(&out, NULL, "%s%s%s%.*s(", i > 0 ? " " : "", links[c->link],
				 c->parent != COMMAND_NONE ? "^" : "", (int)c->name.n,
				 (const char *)c->name.p);
		for (size_t k = command_first(c); k < c->count; k++)
			(void)buf_printf(&out, NULL, "%s%.*s", k > command_first(c) ? "," : "",
					 (int)c->words[k].value.n,
					 (const char *)c->words[k].value.p);
		(void)buf_printf(&out, NULL, ")%s%.*s", c->target.n > 0 ? ">" : "",
				 (int)c->target.n, (const char *)c->target.p);
	}
	assert_string_equal(buf_cstr(&out, NULL) == NULL ? "" : buf_cstr(&out, NULL), wanted);
	arena_free(&b.arena);
}

/* --- Dockerfiles --------------------------------------------------------------------- */

static void lines_are_joined_and_comments_between_them_fall_away(void **state)
{
	(void)state;
	check_steps("FROM a\nRUN b \\\n  # c\n\n  d\n# e\nUSER f\n",
		    "1 FROM[a]\n2 RUN[b][d]\n7 USER[f]\n");
	check_steps("from a as b\r\nrun c \\\r\n d\r\n", "1 FROM[a][as][b]\n2 RUN[c][d]\n");
	check_steps("\xef\xbb\xbf"
		    "FROM a\nCOPY a\\ b 'c d' \"e\\\"f\" /\n",
		    "1 FROM[a]\n2 COPY[a b][c d][e\"f][/]\n");
}

static void the_escape_directive_changes_what_goes_on(void **state)
{
	(void)state;
	check_steps("# escape=`\nFROM a\nCOPY a `\n b\\ C:\\x\\\n",
		    "2 FROM[a]\n3 COPY[a][b\\][C:\\x\\]\n");
	check_steps("# comment\n# escape=`\nFROM a\nRUN a \\\n b\n", "3 FROM[a]\n4 RUN[a][b]\n");
}

static void flags_and_lists_are_told_from_words(void **state)
{
	(void)state;
	check_steps("FROM --platform=linux/arm64 a AS b\n"
		    "COPY --from=b --chown=1:2 [\"x y\", \"/z\\u0041/\"]\n"
		    "CMD [\"a\", \"b\\\"c\"]\nCMD ['a']\nCMD [\"a\" \"b\"]\nONBUILD ADD a b\n",
		    "1 FROM<--platform=linux/arm64>[a][AS][b]\n"
		    "2 COPY!<--from=b><--chown=1:2>[x y][/zA/]\n3 CMD![a][b\"c]\n4 CMD[[a]]\n"
		    "5 CMD[[a][b]]\n6 ONBUILD ADD[a][b]\n");
}

static void heredocs_belong_to_their_instruction(void **state)
{
	(void)state;
	check_steps(
		"FROM a\nRUN <<EOF\nUSER b\nEOF\nCOPY <<A <<-\"B\" /d/\n1\nA\n\t2\n\tB\nUSER c\n",
		"1 FROM[a]\n2 RUN[<<EOF]|USER b\n|\n5 COPY[<<A][<<-B][/d/]|1\n||\t2\n|\n"
		"10 USER[c]\n");
	check_steps("FROM a\nRUN <<EOF\nb\n", "1 FROM[a]\n2 RUN[<<EOF]|b\n…|\n");
	check_steps("FROM a\nRUN cat <<<b '<<C'\nUSER d\n",
		    "1 FROM[a]\n2 RUN[cat][<<<b][<<C]\n3 USER[d]\n");
}

static void variables_are_expanded_as_far_as_they_are_known(void **state)
{
	(void)state;
	check_steps("ARG V=1\nARG W\nFROM a:$V\nFROM b:${W:-2}${V:+3}\nFROM c:$W\n",
		    "1 ARG{V=1}\n2 ARG{W=}\n3 FROM[a:1]\n4 FROM[b:23]\n5 FROM[c:$W?]\n");
	check_steps(
		"FROM a\nENV A=1 B=\"x y\"\nENV C=$A-${B} D=\\$A\nWORKDIR /$C/${E:-$A}\nUSER $E\n",
		"1 FROM[a]\n2 ENV{A=1}{B=x y}\n3 ENV{C=1-x y}{D=$A}\n4 WORKDIR[/1-x y/1]\n"
		"5 USER[$E?]\n");
	check_steps("FROM a\nENV GREETING good  morning\nLABEL a=b \"c d\"=e\n",
		    "1 FROM[a]\n2 ENV{GREETING=good  morning}\n3 LABEL{a=b}{c d=e}\n");
}

static void stages_that_end_in_the_result_are_known(void **state)
{
	(void)state;
	struct build b;
	read_build(&b, "FROM a AS x\nFROM b AS y\nFROM x AS z\nCOPY --from=y /a /b\n");
	assert_int_equal(b.stage_count, 3);
	assert_true(b.stages[0].in_result && !b.stages[1].in_result && b.stages[2].in_result);
	assert_true(b.stages[1].used);
	arena_free(&b.arena);
}

/* --- commands -------------------------------------------------------------------------- */

static void commands_are_split_at_operators(void **state)
{
	(void)state;
	check_commands("a b && c || d; e | f & g", "a(b) && c() || d() ; e() | f() ; g()");
	check_commands("a 'b && c' \"d ; e\" f\\;g", "a(b && c,d ; e,f;g)");
	check_commands("(a; b) | c && { d; }", "a() ; b() | c() && d()");
	check_commands("a > /b 2>&1 < c >> d", "a()>d");
	check_commands("a # b && c", "a()");
}

static void reserved_words_are_no_commands(void **state)
{
	(void)state;
	check_commands("if [ -f a ]; then b; else c; fi", "[(-f,a,]) ; b() ; c()");
	check_commands("for x in a b; do c $x; done", "() ; c($x)");
	check_commands("case $x in a|b) c ;; *) d ;; esac; e", "() ; c() ; d() ; e()");
	check_commands("while ! a; do b; done", "a() ; b()");
}

static void programs_are_found_behind_what_starts_them(void **state)
{
	(void)state;
	check_commands("A=1 sudo -u x -E env B=2 /usr/bin/apt-get install c", "apt-get(install,c)");
	check_commands("python3 -m pip install a", "pip(install,a)");
	check_commands("xargs -n 1 apk add < a", "apk(add)");
	check_commands("timeout -k 5 10 curl a", "curl(a)");
	check_commands("A=1", "()");
}

static void commands_inside_of_others_are_found(void **state)
{
	(void)state;
	check_commands("a $(b \"$(c)\")", "a($(b \"$(c)\")) ^b($(c)) ^c()");
	check_commands("sh -ec 'a | b'", "sh(-ec,a | b) ^a() | ^b()");
	check_commands("bash <(a b)", "bash(<(a b)) ^a(b)");
	check_commands("eval `a`", "eval(`a`) ^a() ^`a`() ^a()");
	check_commands("a $((1 + 2)) ${b:-$(c)}", "a($((1 + 2)),${b:-$(c)})");
	check_commands("[\"sh\", \"-c\", \"a && b\"]", "sh(-c,a && b) ^a() && ^b()");
}

static void heredocs_are_scripts_only_for_a_shell(void **state)
{
	(void)state;
	check_commands("<<E\na\nb | c\nE", "a() ; b() | c()");
	check_commands("bash -e <<E\na\nE", "bash(-e) ^a()");
	check_commands("cat > x <<E\na\nE", "cat()>x");
	check_commands("<<E\n#!/usr/bin/env python3\nimport a\nE", "");
	check_commands("<<E\ncat <<F\nx && y\nF\nb\nE", "cat() ; b()");
}

/* --- histories ---------------------------------------------------------------------------- */

static void lines_of_history_become_instructions(void **state)
{
	(void)state;
	static const struct {
		const char *line, *instruction;
		bool pipefail;
	} samples[] = {
		{ "/bin/sh -c #(nop)  CMD [\"bash\"]", "CMD [\"bash\"]", false },
		{ "/bin/sh -c #(nop) ADD file:00 in / ", "ADD file:00 in /", false },
		{ "/bin/sh -c apt-get update", "RUN apt-get update", false },
		{ "|1 V=a b /bin/sh -c make $V", "RUN make $V", false },
		{ "RUN /bin/sh -c make # buildkit", "RUN make", false },
		{ "RUN |2 A=1 B=2 /bin/bash -o pipefail -c a | b # buildkit", "RUN a | b", true },
		{ "/bin/bash -euo pipefail -c a", "RUN a", true },
		{ "RUN make all", "RUN make all", false },
		{ "COPY a /b # buildkit", "COPY a /b", false },
		{ "WORKDIR /a", "WORKDIR /a", false },
		{ "ko build ko://example.invalid/a", NULL, false },
		{ "bash", NULL, false },
		{ "", NULL, false },
		{ "/bin/sh -c #(nop) nonsense", NULL, false },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		cleanup_buf struct buf out = buf_max(OUT_MAX);
		bool pipefail = false;
		bool is = history_instruction(bytes_str(samples[i].line), &out, &pipefail, NULL);
		assert_int_equal(is, samples[i].instruction != NULL);
		if (is)
			assert_string_equal(buf_cstr(&out, NULL), samples[i].instruction);
		assert_int_equal(pipefail, samples[i].pipefail);
	}
}

/* --- hostile --------------------------------------------------------------------------------- */

static char *repeated(const char *before, const char *part, size_t n)
{
	size_t length = strlen(before) + n * strlen(part) + 1, at = strlen(before);
	char *text = malloc(length);
	assert_non_null(text);
	(void)snprintf(text, length, "%s", before);
	for (size_t i = 0; i < n; i++, at += strlen(part))
		(void)snprintf(text + at, length - at, "%s", part);
	return text;
}

static void hostile_texts_end_within_the_limits(void **state)
{
	(void)state;
	static const struct {
		const char *before, *part;
		size_t n;
	} samples[] = {
		{ "FROM a\nRUN ", "$(", 100000 },
		{ "FROM a\nRUN ", "sh -c '", 50000 },
		{ "FROM a\nRUN ", "a;", 200000 },
		{ "FROM a\nRUN ", "\\\n", 100000 },
		{ "FROM a\nRUN ", "<<A ", 50000 },
		{ "FROM a\nRUN ", "`", 100001 },
		{ "", "FROM a AS b\n", 40000 },
		{ "FROM a\nENV A=", "${A:-", 100000 },
		{ "FROM a\n", "ENV A=$A$A$A$A\n", 10000 },
		{ "FROM a\nCMD ", "[\"", 100000 },
		{ "FROM a\nRUN a ", "> ", 100000 },
		{ "FROM a\nRUN ", "case a in ", 50000 },
		{ "FROM a\nRUN eval ", "'eval ", 10000 },
		{ "", "\\\n\n", 200000 },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct build b;
		char *text = repeated(samples[i].before, samples[i].part, samples[i].n);
		read_build(&b, text);
		assert_true(b.count <= BUILD_STEPS_MAX);
		arena_free(&b.arena);
		free(text);
	}
}

static void a_glob_takes_stars_and_question_marks(void **state)
{
	(void)state;
	assert_true(glob_match(BYTES_LIT("a*c?"), BYTES_LIT("abbcd"), false));
	assert_true(glob_match(BYTES_LIT("*"), BYTES_LIT(""), false));
	assert_true(glob_match(BYTES_LIT("*PASS*"), BYTES_LIT("db_password"), true));
	assert_false(glob_match(BYTES_LIT("a*c"), BYTES_LIT("abd"), false));
	assert_false(glob_match(BYTES_LIT("a"), BYTES_LIT("A"), false));
	assert_false(glob_match(BYTES_LIT(""), BYTES_LIT("a"), false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_joined_and_comments_between_them_fall_away),
		cmocka_unit_test(the_escape_directive_changes_what_goes_on),
		cmocka_unit_test(flags_and_lists_are_told_from_words),
		cmocka_unit_test(heredocs_belong_to_their_instruction),
		cmocka_unit_test(variables_are_expanded_as_far_as_they_are_known),
		cmocka_unit_test(stages_that_end_in_the_result_are_known),
		cmocka_unit_test(commands_are_split_at_operators),
		cmocka_unit_test(reserved_words_are_no_commands),
		cmocka_unit_test(programs_are_found_behind_what_starts_them),
		cmocka_unit_test(commands_inside_of_others_are_found),
		cmocka_unit_test(heredocs_are_scripts_only_for_a_shell),
		cmocka_unit_test(lines_of_history_become_instructions),
		cmocka_unit_test(hostile_texts_end_within_the_limits),
		cmocka_unit_test(a_glob_takes_stars_and_question_marks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
