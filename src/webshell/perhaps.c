/* What may not happen: statements under a condition that no bracket encloses. Each is
 * a block of its own within its frame, by number, so that what is assigned in it adds to
 * what a variable had before instead of taking its place. */
#include "webshell/machine.h"

static struct unsure *top_of(struct machine *m)
{
	struct unsure *u = m->unsure_count == 0 ? NULL : &m->unsure[m->unsure_count - 1];
	return u != NULL && u->frame == m->frame_count ? u : NULL;
}

static void leave(struct machine *m)
{
	const struct unsure *u = &m->unsure[--m->unsure_count];
	m->frames[u->frame - 1].block = u->block;
}

static void enter(struct machine *m, bool one)
{
	struct frame *f = machine_top(m);
	if (!frame_is_statement(f) || m->unsure_count == UNSURE)
		return;
	m->unsure[m->unsure_count++] = (struct unsure){ m->frame_count, f->block, one };
	f->block = ++m->blocks;
}

void perhaps_one(struct machine *m)
{
	enter(m, true);
}

void perhaps_stay(struct machine *m)
{
	struct unsure *u = top_of(m);
	if (u != NULL)
		u->one = false;
}

void perhaps_end(struct machine *m)
{
	const struct unsure *u = top_of(m);
	if (u != NULL && !u->one)
		leave(m);
}

void perhaps_statement_end(struct machine *m)
{
	for (const struct unsure *u; (u = top_of(m)) != NULL && u->one;)
		leave(m);
}

void perhaps_trim(struct machine *m)
{
	while (m->unsure_count > 0 && m->unsure[m->unsure_count - 1].frame > m->frame_count)
		m->unsure_count--;
}

void perhaps_else(struct machine *m)
{
	const struct unsure *u = top_of(m);
	bool one = u == NULL || u->one, vb = wlex_lang(&m->x) == LANG_VB;
	machine_statement_end(m);
	perhaps_end(m);
	if (vb && u == NULL)
		return;
	enter(m, one || !vb);
}

/* Nothing but a remark behind it in its line. */
static bool ends_line(const struct machine *m)
{
	size_t at = m->t.at + m->t.text.n;
	const uint8_t *p = m->x.text.p;
	while (at < m->x.text.n && (p[at] == ' ' || p[at] == '\t' || p[at] == '\r'))
		at++;
	return at >= m->x.text.n || p[at] == '\n' || p[at] == '\'' || p[at] == '%';
}

void perhaps_then(struct machine *m)
{
	machine_statement_end(m);
	enter(m, !ends_line(m));
}

void perhaps_vb_end(struct machine *m)
{
	struct bytes rest = bytes_trim(bytes_sub(m->x.text, m->t.at + m->t.text.n, m->x.text.n));
	machine_statement_end(m);
	if (rest.n < 2 || (rest.p[0] | 0x20) != 'i' || (rest.p[1] | 0x20) != 'f' ||
	    (rest.n > 2 && wlex_is_name(rest.p[2])))
		return;
	perhaps_end(m);
	wlex_next(&m->x, &m->t);
}
