/* A page of any bytes: the first byte chooses its kind. Nothing fails, no line is 0. */
#include <stdlib.h>

#include "check/internal.h"
#include "webshell/webshell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules_text[] =
	"corten = 1\nkind = 'malware'\nclass = 'webshell'\nengine = 'webshell'\nseverity = 'high'\n"
	"[[rules]]\nid = 'a'\ntitle = 'a'\npages = "
	"['php','jsp','asp','aspx','cfm','perl','python']\n"
	"from = ['input','decoded','built','remote','upload']\n"
	"sinks = "
	"['eval:*','system:*','.exec:*','<called>:0','execute:*','include:0','preg_replace/e:*',"
	"'os.system:0','cfexecute:*','process.start:*']\n"
	"[[rules]]\nid = 'b'\ntitle = 'b'\npages = ['php']\ndisguise = true\nhandler = true\n"
	"[[rules]]\nid = 'c'\ntitle = 'c'\npages = ['php']\nthreshold = 1\nwords = "
	"['c99=2','shell']\n";

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	(void)ctx;
	(void)err;
	if (m->line == 0 || m->evidence.n > CHECK_EVIDENCE_MAX)
		abort();
	return 0;
}

static struct webshell_engine *open_engine(void)
{
	struct error err = { 0 };
	static struct check_set *set; /* must outlive the engine */
	struct webshell_engine *e = NULL;
	struct arena arena = arena_max(MIB);
	const struct node *top = NULL;
	cleanup_buf struct buf blob = buf_max(MIB);
	if (toml_parse(bytes_str(rules_text), &arena, &top, &err) < 0)
		abort();
	const struct node *list = node_get(top, "rules");
	(void)check_put_u32(&blob, (uint32_t)list->count, &err);
	uint32_t number = 0;
	for (const struct node *n = list->first; n != NULL; n = n->next) {
		struct check_entry entry = { number++, CHECK_MALWARE, "webshell", n };
		(void)check_put_entry(&blob, &entry, false, &err);
	}
	if (check_set_read(buf_view(&blob), &set, &err) < 0 || webshell_open(set, &e, &err) < 0)
		abort();
	arena_free(&arena);
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a.php", "a.jsp", "a.asp", "a.aspx",   "a.cfm",
					     "a.pl",  "a.py",  "a.jpg", ".htaccess" };
	static struct webshell_engine *e;
	struct error err = { 0 };
	struct check_sink sink = { on_match, NULL, NULL };
	if (size == 0)
		return 0;
	if (e == NULL)
		e = open_engine();
	const char *name = names[data[0] % (sizeof names / sizeof names[0])];
	if (webshell_check(e, bytes_str(name), bytes_of(data + 1, size - 1), &sink, &err) < 0)
		abort();
	return 0;
}
