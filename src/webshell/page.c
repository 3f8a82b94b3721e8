/* What kind of page a file is, and where in it code lies. */
#include "webshell/machine.h"

static bool has(struct bytes text, const char *word)
{
	size_t n = strlen(word);
	for (size_t i = 0; i + n <= text.n; i++) {
		size_t k = 0;
		while (k < n && (text.p[i + k] | (wlex_is_first(text.p[i + k]) ? 0x20 : 0)) ==
					(uint8_t)word[k])
			k++;
		if (k == n)
			return true;
	}
	return false;
}

enum page page_kind(struct bytes path, struct bytes head)
{
	static const struct {
		const char *ext;
		enum page page;
	} exts[] = {
		{ ".php", PAGE_PHP },     { ".phtml", PAGE_PHP },   { ".pht", PAGE_PHP },
		{ ".php3", PAGE_PHP },    { ".php4", PAGE_PHP },    { ".php5", PAGE_PHP },
		{ ".php7", PAGE_PHP },    { ".php8", PAGE_PHP },    { ".phps", PAGE_PHP },
		{ ".phar", PAGE_PHP },    { ".inc", PAGE_PHP },     { ".module", PAGE_PHP },
		{ ".jsp", PAGE_JSP },     { ".jspx", PAGE_JSP },    { ".jspf", PAGE_JSP },
		{ ".jsw", PAGE_JSP },     { ".jsv", PAGE_JSP },     { ".asp", PAGE_ASP },
		{ ".asa", PAGE_ASP },     { ".cer", PAGE_ASP },     { ".cdx", PAGE_ASP },
		{ ".aspx", PAGE_ASPX },   { ".ashx", PAGE_ASPX },   { ".asmx", PAGE_ASPX },
		{ ".ascx", PAGE_ASPX },   { ".asax", PAGE_ASPX },   { ".soap", PAGE_ASPX },
		{ ".cshtml", PAGE_ASPX }, { ".cfm", PAGE_CFM },     { ".cfml", PAGE_CFM },
		{ ".cfc", PAGE_CFM },     { ".pl", PAGE_PERL },     { ".cgi", PAGE_PERL },
		{ ".py", PAGE_PYTHON },   { ".wsgi", PAGE_PYTHON },
	};
	size_t dot = path.n;
	while (dot > 0 && path.p[dot - 1] != '.' && path.p[dot - 1] != '/')
		dot--;
	struct bytes ext = bytes_sub(path, dot > 0 ? dot - 1 : 0, path.n);
	head = bytes_sub(head, 0, 512);
	if (head.n > 2 && head.p[0] == '#' && head.p[1] == '!') {
		struct bytes line = bytes_sub(head, 0, 60);
		if (has(line, "perl"))
			return PAGE_PERL;
		if (has(line, "python"))
			return PAGE_PYTHON;
		return has(line, "php") ? PAGE_PHP : PAGES;
	}
	for (size_t i = 0; i < sizeof exts / sizeof exts[0]; i++)
		if (ext.n == strlen(exts[i].ext) && has(ext, exts[i].ext))
			return exts[i].page;
	return has(head, "<?php") ? PAGE_PHP : PAGES;
}

/* A page under another language's name: copied there to hide, or to be served as text
 * and taken up elsewhere. */
enum page page_within(enum page kind, struct bytes text)
{
	struct bytes head = bytes_sub(text, 0, 16 * KIB);
	bool active = kind == PAGE_ASP || kind == PAGE_ASPX || kind == PAGE_JSP;
	if (kind == PAGE_PHP ? memmem(text.p, text.n, "<?", 2) != NULL : !active)
		return kind;
	if (memmem(text.p, text.n, "<%", 2) == NULL)
		return active && memmem(text.p, text.n, "<?php", 5) != NULL ? PAGE_PHP : kind;
	if (has(head, "import=\"java") || has(head, "language=\"java\"") ||
	    has(head, "request.getparameter") || has(head, "javax.servlet"))
		return PAGE_JSP;
	if (has(head, "import namespace") || has(head, "language=\"c#") ||
	    has(head, "runat=\"server\"") || has(head, "webhandler"))
		return PAGE_ASPX;
	return kind == PAGE_PHP ? PAGE_ASP : kind;
}

/* --- text without disguise --------------------------------------------------------------- */

static bool from_utf16(struct heap *h, struct bytes text, struct bytes *ret)
{
	if (text.n < 8)
		return false;
	bool big = (text.p[0] == 0xfe && text.p[1] == 0xff) || (text.p[0] == 0 && text.p[1] == '<');
	bool little =
		(text.p[0] == 0xff && text.p[1] == 0xfe) || (text.p[0] == '<' && text.p[1] == 0);
	/* A declaration in ASCII before the rest. */
	size_t zeros = 0, most = text.n < 400 ? text.n : 400;
	for (size_t i = most / 2; i < most; i++)
		zeros += text.p[i] == 0;
	bool late = zeros * 3 > most / 2;
	uint8_t *p = big || little || late ? heap_room(h, text.n) : NULL;
	size_t o = 0;
	if (p == NULL)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != 0 && text.p[i] < 0x80)
			p[o++] = text.p[i];
	*ret = heap_keep(h, p, o);
	return true;
}

/* EBCDIC 037, in which servers read a page that says so: IBM's code page. */
static bool from_ebcdic(struct heap *h, struct bytes text, struct bytes *ret)
{
	static const char table[] =
		" ...........<(+|&.........!$*);.-/.........,%_>?.........`:#@'=\""
		".abcdefghi.......jklmnopqr.......~stuvwxyz......^.........[]...."
		"{ABCDEFGHI......}JKLMNOPQR......\\.STUVWXYZ......0123456789......";
	static const uint8_t marks[] = { 0x4c, 0x6f, 0xa7, 0x94, 0x93 }; /* <?xml */
	uint8_t *p = NULL;
	const uint8_t *at = memmem(text.p, text.n < 400 ? text.n : 400, marks, sizeof marks);
	if (at != NULL)
		p = heap_room(h, text.n);
	if (p == NULL)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		p[i] = c < 0x40 ? (c == 0x25 || c == 0x15 ? '\n' : ' ') : (uint8_t)table[c - 0x40];
		p[i] = c == 0x5f ? '^' : c == 0x7e ? '=' : c == 0x7f ? '"' : p[i];
	}
	*ret = heap_keep(h, p, text.n);
	return true;
}

/* \u0041 and \uuu0041, before anything else is read (JLS 3.3). */
static bool from_unicode(struct heap *h, struct bytes text, struct bytes *ret)
{
	uint8_t *p = memmem(text.p, text.n, "\\u", 2) == NULL ? NULL : heap_room(h, text.n);
	size_t o = 0;
	if (p == NULL)
		return false;
	for (size_t i = 0; i < text.n;) {
		size_t k = i + 1;
		uint32_t v = 0, digits = 0;
		while (text.p[i] == '\\' && k < text.n && text.p[k] == 'u')
			k++;
		for (; k > i + 1 && k < text.n && digits < 4; k++, digits++) {
			uint8_t c = text.p[k], low = c | 0x20;
			if (c >= '0' && c <= '9')
				v = v * 16 + (uint32_t)(c - '0');
			else if (low >= 'a' && low <= 'f')
				v = v * 16 + (uint32_t)(low - 'a') + 10;
			else
				break;
		}
		bool escape = digits == 4 && v < 0x80;
		p[o++] = escape ? (uint8_t)v : text.p[i];
		i = escape ? k : i + 1;
	}
	*ret = heap_keep(h, p, o);
	return true;
}

static bool without_cdata(struct heap *h, struct bytes text, struct bytes *ret)
{
	static const struct bytes gone[] = { { (const uint8_t *)"<![CDATA[", 9 },
					     { (const uint8_t *)"]]>", 3 } };
	for (size_t i = 0; i < 2; i++)
		if (!decode_replace(h, text, gone[i], BYTES_LIT(""), &text))
			return false;
	*ret = text;
	return true;
}

struct bytes page_plain(struct heap *heap, enum page kind, struct bytes text)
{
	struct bytes made;
	if (from_utf16(heap, text, &made) || (kind == PAGE_JSP && from_ebcdic(heap, text, &made)))
		text = made;
	if (kind == PAGE_JSP && has(bytes_sub(text, 0, 4096), "<jsp:")) {
		if (without_cdata(heap, text, &made))
			text = made;
		if (decode_entities(heap, text, &made))
			text = made;
	}
	if ((kind == PAGE_JSP || kind == PAGE_ASPX) && from_unicode(heap, text, &made))
		text = made;
	return text;
}

/* --- pieces ---------------------------------------------------------------------------------- */

struct cutter {
	struct bytes text;
	struct piece *pieces;
	size_t count, max;
	enum lang lang;
};

static size_t find(struct bytes text, size_t from, const char *word)
{
	size_t n = strlen(word);
	const uint8_t *p = from >= text.n ? NULL : memmem(text.p + from, text.n - from, word, n);
	return p == NULL ? text.n : (size_t)(p - text.p);
}

static void add(struct cutter *c, size_t from, size_t to, bool value)
{
	if (c->count < c->max && to > from)
		c->pieces[c->count++] = (struct piece){
			.from = (uint32_t)from, .to = (uint32_t)to, .lang = c->lang, .value = value
		};
}

/* <% … %> */
static size_t cut_percent(struct cutter *c, size_t at)
{
	size_t to = find(c->text, at + 2, "%>");
	uint8_t first = at + 2 < c->text.n ? c->text.p[at + 2] : 0;
	if (first == '-') {
		to = find(c->text, at + 2, "--%>");
		return to + 4;
	}
	if (first != '@')
		add(c, at + 2 + (first == '=' || first == '!' || first == ':' || first == '#'), to,
		    first == '=');
	return to + 2;
}

/* <script runat="server">, <jsp:scriptlet>, <cfscript>: code between a tag and its end. */
static size_t cut_tag(struct cutter *c, size_t at)
{
	size_t open = find(c->text, at, ">");
	struct bytes tag = bytes_sub(c->text, at, open);
	if (tag.n > 400)
		return at + 1;
	bool jsp = has(tag, "<jsp:scriptlet") || has(tag, "<jsp:declaration") ||
		   has(tag, "<jsp:expression");
	bool script = has(tag, "<script") && (has(tag, "server") || has(tag, "vbscript"));
	bool cf = has(tag, "<cfscript");
	if (!jsp && !script && !cf)
		return at + 1;
	enum lang was = c->lang;
	if (script && has(tag, "javascript"))
		c->lang = LANG_JS;
	if (script && (has(tag, "vbscript") || has(tag, "\"vb\"")))
		c->lang = LANG_VB;
	if (script && (has(tag, "jscript") || has(tag, "\"js\"")))
		c->lang = LANG_JS;
	size_t to = find(c->text, open, jsp ? "</jsp:" : "</");
	while (script && to < c->text.n && !has(bytes_sub(c->text, to, to + 9), "</script"))
		to = find(c->text, to + 2, "</");
	add(c, open + 1, to, false);
	c->lang = was;
	return to;
}

/* <cfset …>, <cfif …>, <cfexecute name=… >: attributes as an expression. */
static size_t cut_cf(struct cutter *c, size_t at)
{
	static const char *const tags[] = { "<cfset",       "<cfif",       "<cfelseif", "<cfreturn",
					    "<cfexecute",   "<cffile",     "<cfhttp",   "<cfobject",
					    "<cfinclude",   "<cfoutput",   "<cfinvoke", "<cfquery",
					    "<cfdirectory", "<cfregistry", "<cfmodule" };
	size_t end = at;
	int quote = 0;
	struct bytes head = bytes_sub(c->text, at, at + 14);
	bool is = false;
	for (size_t i = 0; i < sizeof tags / sizeof tags[0] && !is; i++)
		is = has(head, tags[i]);
	if (has(head, "<cfscript"))
		return cut_tag(c, at);
	if (!is)
		return at + 1;
	for (; end < c->text.n && (quote != 0 || c->text.p[end] != '>'); end++) {
		uint8_t ch = c->text.p[end];
		if (quote == 0 && (ch == '"' || ch == '\''))
			quote = ch;
		else if (ch == quote)
			quote = 0;
	}
	add(c, at + (has(head, "<cfset") || has(head, "<cfif") ? 6 : 1), end, false);
	return end;
}

static enum lang page_lang(enum page kind, struct bytes text)
{
	struct bytes head = bytes_sub(text, 0, 3000);
	if (kind == PAGE_JSP)
		return LANG_JAVA;
	if (kind == PAGE_CFM)
		return LANG_CF;
	bool js = has(head, "language=\"jscript\"") || has(head, "language=jscript") ||
		  has(head, "language=\"javascript\"") || has(head, "language=javascript") ||
		  has(head, "language='jscript'") || has(head, "language = \"jscript\"") ||
		  has(head, "language = jscript") || has(head, "language=\"js\"");
	if (js)
		return LANG_JS;
	if (kind == PAGE_ASP)
		return LANG_VB;
	bool vb = has(head, "language=\"vb\"") || has(head, "language=vb") ||
		  has(head, "language=\"vbscript\"") || has(head, "language='vb'");
	return vb ? LANG_VB : LANG_CSHARP;
}

/* PHP without its tags: it begins with neither a tag of HTML nor holds one of PHP. */
static bool is_bare(struct bytes text)
{
	size_t at = 0;
	while (at < text.n && (text.p[at] <= ' ' || text.p[at] >= 0x80))
		at++;
	return at < text.n && text.p[at] != '<' && find(text, 0, "<?") == text.n &&
	       find(text, 0, "<script") == text.n;
}

size_t page_pieces(enum page kind, struct bytes text, struct piece *pieces, size_t max)
{
	static const enum lang whole[PAGES] = {
		[PAGE_PHP] = LANG_PHP, [PAGE_PERL] = LANG_PERL, [PAGE_PYTHON] = LANG_PYTHON
	};
	struct cutter c = { .text = text, .pieces = pieces, .max = max };
	if (kind == PAGE_PHP || kind == PAGE_PERL || kind == PAGE_PYTHON) {
		c.lang = whole[kind];
		add(&c, 0, text.n, false);
		if (c.count > 0)
			pieces[0].bare = kind == PAGE_PHP && is_bare(text);
		return c.count;
	}
	c.lang = page_lang(kind, text);
	for (size_t at = 0; at < text.n;) {
		const uint8_t *p = memchr(text.p + at, '<', text.n - at);
		if (p == NULL || p + 2 >= text.p + text.n)
			break;
		at = (size_t)(p - text.p);
		if (p[1] == '%' && kind != PAGE_CFM)
			at = cut_percent(&c, at);
		else if (kind == PAGE_CFM)
			at = cut_cf(&c, at);
		else
			at = (p[1] | 0x20) == 's' || p[1] == 'j' ? cut_tag(&c, at) : at + 1;
	}
	if (c.count == 0 && (kind == PAGE_ASPX || kind == PAGE_JSP)) {
		size_t from = text.n > 2 && text.p[0] == '<' ? find(text, 0, "%>") + 2 : 0;
		add(&c, from < text.n ? from : 0, text.n, false);
	}
	return c.count;
}
