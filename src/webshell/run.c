/* One page through the machine. */
#include <stdlib.h>

#include "webshell/machine.h"

static void begin(struct machine *m, struct look *l, const struct piece *pieces, size_t count)
{
	struct function *functions = m->functions;
	struct webshell_engine *e = l->e;
	memset(m, 0, offsetof(struct machine, frames));
	m->functions = functions;
	m->look = l;
	m->e = e;
	m->page = l->page;
	m->pieces = pieces;
	m->piece_count = count;
	m->x = (struct lexer){ .text = l->code,
			       .pieces = pieces,
			       .piece_count = count,
			       .heap = &e->heap,
			       .queue = m->queues[BODIES] };
	if (count > 0) {
		m->x.at = pieces[0].from;
		m->x.html = pieces[0].lang == LANG_PHP && !pieces[0].bare;
		m->x.line_start = true;
	}
	map_init(&m->vars);
	map_init(&m->by_name);
	map_init(&m->by_place);
	m->steps_max = 20000 + (uint64_t)l->code.n * 2;
	m->inlined_max = 40000 + (uint64_t)l->code.n / 2;
}

/* Behind the last token: the page's end, a function's, or that of decoded code. */
static bool at_end(const struct machine *m)
{
	const struct body *b = &m->bodies[m->body_count - 1];
	return m->t.kind == TOKEN_END || (b->function != 0 && m->t.at >= b->end);
}

/* What PHP calls by itself: by then an object's properties are what the page made them. */
static bool enter_end(struct machine *m)
{
	static const char *const names[] = { "__destruct", "__tostring", "__wakeup" };
	while (m->page == PAGE_PHP && m->ends < sizeof names / sizeof names[0]) {
		struct function *f = functions_named(m, bytes_str(names[m->ends++]));
		if (f != NULL && functions_enter(m, f, NULL, 0, false))
			return true;
	}
	return false;
}

static void read_page(struct machine *m)
{
	while (m->steps < m->steps_max && m->look->failed == 0) {
		wlex_next(&m->x, &m->t);
		if (at_end(m)) {
			uint32_t bodies = m->body_count;
			machine_statement_mark(m);
			if (m->body_count > bodies) /* the last statement's call */
				continue;
			if (bodies > 1) {
				functions_leave(m);
				continue;
			}
			if (m->resume_count == 0 && enter_end(m))
				continue;
			if (m->resume_count == 0)
				break;
			wlex_seek(&m->x, m->resumes[--m->resume_count]);
			m->steps++;
			continue;
		}
		m->steps++;
		m->inlined += m->body_count > 1 && !m->bodies[m->body_count - 1].definition;
		machine_step(m);
	}
	if (m->steps >= m->steps_max)
		look_limit(m->look, "steps through the code of a web page");
}

void machine_run(struct look *l, const struct piece *pieces, size_t count)
{
	struct machine *m = l->e->machine;
	if (m == NULL) {
		m = calloc(1, sizeof *m);
		struct function *f = calloc(FUNCTIONS, sizeof *f);
		if (m == NULL || f == NULL) {
			free(m);
			free(f);
			return;
		}
		m->functions = f;
		l->e->machine = m;
	}
	begin(m, l, pieces, count);
	m->bodies[0] = (struct body){ .end = UINT32_MAX };
	m->body_count = 1;
	(void)machine_open(m, FRAME_BODY, 0);
	functions_find(m);
	letterless_check(m);
	read_page(m);
	machine_statement_end(m);
	map_free(&m->vars);
	map_free(&m->by_name);
	map_free(&m->by_place);
}

void machine_free(struct machine *m)
{
	if (m != NULL)
		free(m->functions);
	free(m);
}
