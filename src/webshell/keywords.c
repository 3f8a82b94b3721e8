/* Words of the languages that are no names. */
#include "webshell/machine.h"

enum word {
	WORD_NONE,
	WORD_IGNORE,
	WORD_CONTROL, /* brackets behind it hold a condition */
	WORD_EACH, /* … or a walk */
	WORD_AS,
	WORD_IN,
	WORD_FUNCTION,
	WORD_NEW,
	WORD_PREFIX, /* a call without brackets */
	WORD_LOGIC,
	WORD_LESS,
	WORD_NOT,
	WORD_MOD,
	WORD_TRUE,
	WORD_FALSE,
	WORD_GLOBAL,
	WORD_PROPERTY,
	WORD_CONST,
	WORD_GOTO,
	WORD_CONDITION, /* VB: to the line's end */
	WORD_END, /* a statement ends here */
	WORD_ELSE,
	WORD_THEN, /* VB */
	WORD_STOP, /* VB: End */
	WORD_ENDIF,
	WORD_TYPE, /* VB: As */
	WORD_IMPORT,
	WORD_SKIP, /* all to the statement's end */
	WORD_CONCAT,
	WORD_EQUAL,
	WORD_DECLARE, /* Perl: my (…) is a list */
	WORD_SHIFT,
};

enum {
	PHP = 1 << LANG_PHP,
	JAVA = 1 << LANG_JAVA,
	CS = 1 << LANG_CSHARP,
	JS = 1 << LANG_JS,
	VB = 1 << LANG_VB,
	PERL = 1 << LANG_PERL,
	PY = 1 << LANG_PYTHON,
	CF = 1 << LANG_CF,
	C = JAVA | CS | JS | CF
};

struct spelled {
	const char *text;
	unsigned langs;
	enum word word;
};

/* Sorted by text; one text may have several rows. */
static const struct spelled words[] = {
	{ "abstract", PHP | JAVA | CS, WORD_IGNORE },
	{ "and", PHP | VB | PERL | PY | CF, WORD_LOGIC },
	{ "andalso", VB, WORD_LOGIC },
	{ "as", PHP, WORD_AS },
	{ "as", CS, WORD_LESS },
	{ "as", VB, WORD_TYPE },
	{ "assert", PY, WORD_IGNORE },
	{ "async", PY | JS | CS, WORD_IGNORE },
	{ "await", PY | JS | CS, WORD_IGNORE },
	{ "byref", VB, WORD_IGNORE },
	{ "byval", VB, WORD_IGNORE },
	{ "call", VB, WORD_IGNORE },
	{ "case", PHP | C, WORD_IGNORE },
	{ "case", VB, WORD_CONDITION },
	{ "catch", PHP | C, WORD_CONTROL },
	{ "class", PHP | C | VB, WORD_IGNORE },
	{ "const", PHP, WORD_CONST },
	{ "const", C | VB, WORD_IGNORE },
	{ "contains", CF, WORD_EQUAL },
	{ "def", PY, WORD_FUNCTION },
	{ "default", PHP | C, WORD_IGNORE },
	{ "dim", VB, WORD_IGNORE },
	{ "do", PHP | C | VB, WORD_IGNORE },
	{ "each", VB, WORD_IGNORE },
	{ "echo", PHP, WORD_PREFIX },
	{ "elif", PY, WORD_IGNORE },
	{ "else", PHP | C | PERL, WORD_ELSE },
	{ "else", VB, WORD_ELSE },
	{ "elseif", PHP, WORD_CONTROL },
	{ "elseif", VB, WORD_CONDITION },
	{ "elsif", PERL, WORD_CONTROL },
	{ "end", VB, WORD_STOP },
	{ "endfor", PHP, WORD_ENDIF },
	{ "endforeach", PHP, WORD_ENDIF },
	{ "endif", PHP | VB, WORD_ENDIF },
	{ "endswitch", PHP, WORD_ENDIF },
	{ "endwhile", PHP, WORD_ENDIF },
	{ "eq", PERL | CF, WORD_EQUAL },
	{ "except", PY, WORD_SKIP },
	{ "explicit", VB, WORD_IGNORE },
	{ "extends", PHP | C, WORD_IGNORE },
	{ "false", PHP | C | VB | PY, WORD_FALSE },
	{ "final", PHP | JAVA | JS, WORD_IGNORE },
	{ "finally", PHP | C, WORD_IGNORE },
	{ "fn", PHP, WORD_FUNCTION },
	{ "for", PHP | C | PERL, WORD_EACH },
	{ "for", VB | PY, WORD_EACH },
	{ "foreach", PHP | CS | PERL, WORD_EACH },
	{ "from", PY, WORD_IMPORT },
	{ "function", PHP | JS | CF | VB, WORD_FUNCTION },
	{ "global", PHP, WORD_GLOBAL },
	{ "global", PY, WORD_SKIP },
	{ "goto", PHP, WORD_GOTO },
	{ "gt", PERL | CF, WORD_LESS },
	{ "if", PHP | C | PERL, WORD_CONTROL },
	{ "if", VB, WORD_CONDITION },
	{ "if", PY, WORD_IGNORE },
	{ "import", JAVA | CS | JS | VB, WORD_SKIP },
	{ "import", PY, WORD_IMPORT },
	{ "imports", VB, WORD_SKIP },
	{ "in", C | VB | PY, WORD_IN },
	{ "include", PHP, WORD_PREFIX },
	{ "include_once", PHP, WORD_PREFIX },
	{ "instanceof", PHP | JAVA | JS, WORD_LESS },
	{ "is", VB | PY | CF, WORD_LESS },
	{ "is", CS, WORD_LESS },
	{ "lambda", PY, WORD_IGNORE },
	{ "let", JS | VB, WORD_IGNORE },
	{ "like", VB, WORD_LESS },
	{ "local", PERL, WORD_DECLARE },
	{ "lock", CS, WORD_CONTROL },
	{ "lt", PERL | CF, WORD_LESS },
	{ "mod", VB | CF, WORD_MOD },
	{ "my", PERL, WORD_DECLARE },
	{ "ne", PERL, WORD_LESS },
	{ "neq", CF, WORD_LESS },
	{ "new", PHP | C | VB, WORD_NEW },
	{ "next", VB, WORD_SKIP },
	{ "not", VB | PY | PERL | CF, WORD_NOT },
	{ "nothing", VB, WORD_FALSE },
	{ "null", PHP | C | VB, WORD_FALSE },
	{ "on", VB, WORD_SKIP },
	{ "option", VB, WORD_SKIP },
	{ "optional", VB, WORD_IGNORE },
	{ "or", PHP | VB | PERL | PY | CF, WORD_LOGIC },
	{ "orelse", VB, WORD_LOGIC },
	{ "our", PERL, WORD_DECLARE },
	{ "package", JAVA | PERL, WORD_SKIP },
	{ "preserve", VB, WORD_IGNORE },
	{ "print", PHP | PY, WORD_PREFIX },
	{ "private", PHP | VB, WORD_PROPERTY },
	{ "private", C, WORD_IGNORE },
	{ "property", VB, WORD_FUNCTION },
	{ "protected", PHP, WORD_PROPERTY },
	{ "protected", C | VB, WORD_IGNORE },
	{ "public", PHP, WORD_PROPERTY },
	{ "public", C | VB, WORD_IGNORE },
	{ "raise", PY, WORD_IGNORE },
	{ "redim", VB, WORD_IGNORE },
	{ "ref", CS, WORD_IGNORE },
	{ "require", PHP, WORD_PREFIX },
	{ "require", PERL, WORD_IGNORE },
	{ "require_once", PHP, WORD_PREFIX },
	{ "return", PHP | C | VB | PERL | PY, WORD_PREFIX },
	{ "select", VB, WORD_IGNORE },
	{ "set", VB, WORD_IGNORE },
	{ "shift", PERL, WORD_SHIFT },
	{ "static", PHP, WORD_IGNORE },
	{ "static", C | VB, WORD_IGNORE },
	{ "sub", PERL | VB, WORD_FUNCTION },
	{ "switch", PHP | C, WORD_CONTROL },
	{ "synchronized", JAVA, WORD_CONTROL },
	{ "then", VB, WORD_THEN },
	{ "throw", PHP | C, WORD_PREFIX },
	{ "throws", JAVA, WORD_IGNORE },
	{ "true", PHP | C | VB | PY, WORD_TRUE },
	{ "try", C | PHP | PY, WORD_IGNORE },
	{ "typeof", JS, WORD_IGNORE },
	{ "unless", PERL, WORD_CONTROL },
	{ "until", VB, WORD_CONDITION },
	{ "use", PERL, WORD_SKIP },
	{ "using", CS, WORD_CONTROL },
	{ "var", PHP, WORD_PROPERTY },
	{ "var", C, WORD_IGNORE },
	{ "wend", VB, WORD_END },
	{ "while", PHP | C | PERL, WORD_CONTROL },
	{ "while", VB, WORD_CONDITION },
	{ "while", PY, WORD_IGNORE },
	{ "with", VB, WORD_PREFIX },
	{ "with", PY, WORD_IGNORE },
	{ "xor", PHP | VB, WORD_LOGIC },
	{ "yield", PHP, WORD_PREFIX },
};

/* Words of PHP and VB are words in any case. */
static enum word find_word(struct bytes name, enum lang lang)
{
	size_t low = 0, high = sizeof words / sizeof words[0];
	char text[16] = { 0 };
	if (name.n >= sizeof text)
		return WORD_NONE;
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];
		bool upper = c >= 'A' && c <= 'Z';
		bool fold = lang == LANG_PHP || lang == LANG_CF || lang == LANG_VB ||
			    (lang == LANG_PYTHON && i == 0);
		text[i] = (char)(upper && fold ? c | 0x20 : c);
	}
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (strcmp(words[mid].text, text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < sizeof words / sizeof words[0] && strcmp(words[low].text, text) == 0; low++)
		if ((words[low].langs >> lang & 1) != 0)
			return words[low].word;
	return WORD_NONE;
}

/* --- what they do --------------------------------------------------------------------- */

static void prefix(struct machine *m, struct bytes name)
{
	if (m->operand)
		(void)machine_take(m);
	struct frame *f = machine_open(m, FRAME_PREFIX, 0);
	if (f != NULL) {
		f->operand = false;
		f->callee.path = heap_lower(&m->e->heap, name);
		f->callee.at = m->t.at;
	}
}

static void infix(struct machine *m, enum op op)
{
	struct token was = m->t;
	m->t.kind = TOKEN_OP;
	m->t.op = (int)op;
	m->t.number = 0;
	machine_step(m);
	m->t = was;
}

/* foreach ($list as $k => $v): from here on variables take its elements. */
static void as(struct machine *m)
{
	struct value v = machine_finish(m);
	struct frame *f = machine_top(m);
	f->callee = v.kind == VALUE_ARRAY ? array_any(v.array) : value_origin(&v);
	if (v.kind == VALUE_ARRAY && v.array->count > 0 && vars_is_request(&v.array->list[0].v))
		f->callee = v.array->list[0].v; /* array('_GET', '_POST') */
	f->callee.taint |= v.taint;
	f->has_key = true;
}

/* for x in list */
static void in(struct machine *m)
{
	if (!m->each && !(machine_top(m)->kind == FRAME_CONTROL && machine_top(m)->each)) {
		infix(m, OP_LESS);
		return;
	}
	m->each = false;
	infix(m, OP_ASSIGN);
}

static void pass_name(struct machine *m)
{
	struct wlex_place before = wlex_tell(&m->x);
	struct token t;
	wlex_next(&m->x, &t);
	if (t.kind != TOKEN_NAME)
		wlex_seek(&m->x, before);
}

static void function(struct machine *m)
{
	struct function *f = functions_at(m, m->t.at);
	if (f != NULL && f->dull)
		functions_pass(m, f);
	else if (f != NULL)
		(void)functions_enter(m, f, NULL, 0, true);
	else if (wlex_lang(&m->x) == LANG_PHP) /* an interface's: its name is no call */
		pass_name(m);
}

static void skip_statement(struct machine *m)
{
	do
		wlex_next(&m->x, &m->t);
	while (m->t.kind != TOKEN_SEMI && m->t.kind != TOKEN_END);
	machine_statement_end(m);
}

/* goto: each label is gone to once, so that what was shuffled is read in order. */
static void jump(struct machine *m)
{
	struct token name;
	wlex_next(&m->x, &name);
	const struct body *b = &m->bodies[m->body_count - 1];
	for (uint32_t i = 0; i < m->label_count && m->x.text.p == m->look->code.p; i++) {
		if (!bytes_equal(m->labels[i].name, name.text))
			continue;
		size_t at = m->labels[i].place.at;
		bool inside = b->function == 0 || at < b->end;
		if (m->labels[i].taken || !inside || m->resume_count == RESUMES)
			break;
		m->labels[i].taken = true;
		m->resumes[m->resume_count++] = wlex_tell(&m->x);
		wlex_seek(&m->x, m->labels[i].place);
		return;
	}
	if (m->resume_count > 0 && b->function == 0 && m->x.text.p == m->look->code.p)
		wlex_seek(&m->x, m->resumes[--m->resume_count]);
}

/* Takes "a.b.c" from m->t on; m->t is the token behind it. */
static struct bytes dotted(struct machine *m, struct bytes before, struct bytes *ret_last)
{
	struct bytes path = before;
	while (m->t.kind == TOKEN_NAME || (m->t.kind == TOKEN_OP && m->t.op == OP_MEMBER)) {
		if (m->t.kind == TOKEN_NAME && m->t.text.n == 6 &&
		    memcmp(m->t.text.p, "import", 6) == 0)
			break;
		if (m->t.kind == TOKEN_NAME && m->t.text.n == 2 &&
		    memcmp(m->t.text.p, "as", 2) == 0)
			break;
		if (m->t.kind == TOKEN_NAME) {
			if (path.n > 0)
				(void)heap_join(&m->e->heap, path, BYTES_LIT("."), &path);
			struct bytes low = heap_lower(&m->e->heap, m->t.text);
			(void)heap_join(&m->e->heap, path, low, &path);
			*ret_last = m->t.text;
		}
		wlex_next(&m->x, &m->t);
	}
	return path;
}

/* import a.b as c, from a import b as c: c stands for a.b. */
static void import(struct machine *m)
{
	bool from = m->t.text.n == 4;
	struct bytes module = { 0 }, last = { 0 };
	wlex_next(&m->x, &m->t);
	if (from) {
		module = dotted(m, module, &last);
		wlex_next(&m->x, &m->t);
	}
	while (m->t.kind != TOKEN_SEMI && m->t.kind != TOKEN_END) {
		struct bytes path = dotted(m, module, &last), name = last;
		bool plain = path.n > 0 && !bytes_equal(path, module);
		if (m->t.kind == TOKEN_NAME && m->t.text.n == 2) {
			wlex_next(&m->x, &m->t);
			name = m->t.text;
		} else if (!from) {
			plain = false; /* the name is its path already */
		}
		struct var *var = plain ? vars_get(m, heap_lower(&m->e->heap, name), true) : NULL;
		if (var != NULL)
			var->v = (struct value){ .path = path };
		if (m->t.kind != TOKEN_SEMI && m->t.kind != TOKEN_END)
			wlex_next(&m->x, &m->t);
	}
	machine_statement_end(m);
}

static void number(struct machine *m, int64_t n)
{
	struct value v = value_number(n);
	v.at = m->t.at;
	machine_operand(m, v);
}

/* Perl's $x = 1 if …; and what an elseif ends. */
static void condition_behind(struct machine *m)
{
	if (wlex_lang(&m->x) == LANG_PERL && m->operand) {
		perhaps_one(m);
		machine_statement_end(m);
	} else if (bytes_equal(m->t.text, BYTES_LIT("elseif"))) {
		perhaps_end(m);
	}
}

/* What changes how the next tokens are read. */
static bool mode(struct machine *m, enum word w)
{
	switch (w) {
	case WORD_EACH:
		m->each = true;
		m->control = wlex_lang(&m->x) != LANG_VB && wlex_lang(&m->x) != LANG_PYTHON;
		return true;
	case WORD_CONTROL:
		condition_behind(m);
		m->control = true;
		return true;
	case WORD_CONDITION:
		if (bytes_equal(m->t.text, BYTES_LIT("elseif")))
			perhaps_end(m);
		m->condition = true;
		return true;
	case WORD_NEW:
		m->is_new = true;
		return true;
	case WORD_GLOBAL:
		m->global = true;
		return true;
	case WORD_PROPERTY:
		m->property = true;
		return true;
	case WORD_CONST:
		m->constant = true;
		return true;
	case WORD_DECLARE:
		m->list = true;
		m->mine = true;
		return true;
	case WORD_IGNORE:
		m->part |= bytes_equal(m->t.text, BYTES_LIT("class"));
		return true;
	default:
		return false;
	}
}

static void operator_word(struct machine *m, enum word w)
{
	static const enum op ops[] = {
		[WORD_LOGIC] = OP_LOGIC, [WORD_LESS] = OP_LESS,   [WORD_NOT] = OP_NOT,
		[WORD_MOD] = OP_MOD,     [WORD_TYPE] = OP_ASSIGN, [WORD_EQUAL] = OP_EQUAL,
	};
	infix(m, ops[w]);
}

bool keyword(struct machine *m)
{
	enum word w = find_word(m->t.text, wlex_lang(&m->x));
	if (w == WORD_NONE)
		return false;
	if (mode(m, w))
		return true;
	switch (w) {
	case WORD_SHIFT:
		return perl_shift(m);
	case WORD_AS:
		as(m);
		break;
	case WORD_IN:
		in(m);
		break;
	case WORD_FUNCTION:
		function(m);
		break;
	case WORD_PREFIX:
		prefix(m, m->t.text);
		break;
	case WORD_TRUE:
	case WORD_FALSE:
		number(m, w == WORD_TRUE);
		break;
	case WORD_GOTO:
		jump(m);
		break;
	case WORD_END:
		machine_statement_end(m);
		break;
	case WORD_ELSE:
		perhaps_else(m);
		break;
	case WORD_THEN:
		perhaps_then(m);
		break;
	case WORD_STOP:
		perhaps_vb_end(m);
		break;
	case WORD_ENDIF:
		machine_statement_end(m);
		perhaps_end(m);
		break;
	case WORD_IMPORT:
		import(m);
		break;
	case WORD_SKIP:
		skip_statement(m);
		break;
	default:
		operator_word(m, w);
	}
	return true;
}
