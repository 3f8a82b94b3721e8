#include "source/remote_error.h"

#include <stdio.h>

#include "format/json.h"

struct said {
	char code[64];
	char message[REMOTE_TEXT_MAX];
};

static void keep(char *slot, size_t size, struct bytes value)
{
	if (slot[0] == '\0')
		(void)snprintf(slot, size, "%.*s", (int)bytes_sub(value, 0, size).n,
			       (const char *)value.p);
}

/* One member with text: OCI's code and message, OAuth 2's error and
 * error_description (RFC 6749 section 5.2), Docker Hub's details. */
static void read_text(struct json_reader *r, const char *name, struct said *s)
{
	struct bytes value;
	if (!json_get_string(r, &value))
		return;
	if (strcmp(name, "code") == 0 || strcmp(name, "error") == 0)
		keep(s->code, sizeof s->code, value);
	else if (strcmp(name, "message") == 0 || strcmp(name, "error_description") == 0 ||
		 strcmp(name, "details") == 0)
		keep(s->message, sizeof s->message, value);
}

static void read_members(struct json_reader *r, struct said *s, bool *ret_list)
{
	struct bytes key;
	while (json_next_key(r, &key)) {
		char name[24];
		(void)snprintf(name, sizeof name, "%.*s", (int)bytes_sub(key, 0, sizeof name).n,
			       (const char *)key.p);
		bool list = ret_list != NULL && strcmp(name, "errors") == 0;
		if (!list) {
			read_text(r, name, s);
		} else if (json_enter_array(r)) {
			*ret_list = true; /* only the outermost object has it */
			return;
		}
	}
}

void remote_error_text(struct bytes body, char out[static REMOTE_TEXT_MAX])
{
	struct said s = { 0 };
	bool list = false;
	out[0] = '\0';
	struct json_reader *r = json_open_bytes(body);
	if (r == NULL)
		return;
	if (json_enter_object(r))
		read_members(r, &s, &list);
	/* The first error says enough. */
	if (list && json_next_item(r) && json_enter_object(r))
		read_members(r, &s, NULL);
	json_close(r);
	(void)snprintf(out, REMOTE_TEXT_MAX, "%s%s%s", s.code,
		       s.code[0] != '\0' && s.message[0] != '\0' ? ": " : "", s.message);
}
