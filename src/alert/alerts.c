/* The alerts of a node, in memory and in alerts.log. A new alert and what people do
 * with one is written at once, what people do is also on the disk (fdatasync) before
 * the call returns; counts of further occurrences are written at alerts_flush, which
 * ends with fdatasync. So a killed agent loses counts since the last flush and no
 * alert; a power cut also alerts since the last flush. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alert/internal.h"

#define LOG_NAME "alerts.log"
#define DAMAGED_NAME "alerts.log.damaged"

enum { SLACK = 1024 * 1024, LOG_MOST = 1024 * 1024 * 1024 };

struct kept {
	struct alert alert;
	bool dirty; /* memory has more than the log */
	bool unwritten; /* not even the alert itself is in the log */
};

struct alerts {
	int folder, fd;
	size_t most, count;
	struct kept **kept;
	struct kept **order; /* newest first, when sorted */
	bool sorted;
	struct map by_id; /* -> index + 1 */
	uint64_t log_bytes, fresh_bytes; /* now, and after the last compaction */
	uint64_t dropped;
	size_t damaged;
	bool unsynced;
	bool torn; /* the log ends in half a record that could not be cut off */
};

/* --- keeping ------------------------------------------------------------------------------- */

static struct kept *find(const struct alerts *a, const char *id)
{
	const uint64_t *at = map_get(&a->by_id, bytes_str(id));
	return at == NULL ? NULL : a->kept[*at - 1];
}

static int keep(struct alerts *a, struct alert *alert, struct kept **ret, struct error *err)
{
	struct kept *k = calloc(1, sizeof *k);
	if (k == NULL)
		return error_set(err, ERR_MEMORY, "no memory for an alert");
	k->alert = *alert;
	uint64_t *at = map_put(&a->by_id, bytes_str(k->alert.id), NULL);
	if (at == NULL) {
		free(k);
		return error_set(err, ERR_MEMORY, "no memory for an alert");
	}
	a->kept[a->count++] = k;
	*at = a->count;
	a->sorted = false;
	*ret = k;
	return 0;
}

static void drop(struct kept *k)
{
	alert_clear(&k->alert);
	free(k);
}

/* --- order --------------------------------------------------------------------------------- */

static int newest_first(const void *x, const void *y)
{
	const struct alert *a = &(*(struct kept *const *)x)->alert;
	const struct alert *b = &(*(struct kept *const *)y)->alert;
	if (a->last != b->last)
		return a->last > b->last ? -1 : 1;
	return strcmp(a->id, b->id);
}

/* What is done with goes first, then what is quiet for longest. What was ignored or
 * whitelisted is a decision, and would come back as new. */
static int least_wanted_last(const void *x, const void *y)
{
	bool a = (*(struct kept *const *)x)->alert.state == ALERT_HANDLED;
	bool b = (*(struct kept *const *)y)->alert.state == ALERT_HANDLED;
	return a != b ? a - b : newest_first(x, y);
}

static void sort(struct alerts *a)
{
	if (a->sorted)
		return;
	memcpy(a->order, a->kept, a->count * sizeof(struct kept *));
	qsort(a->order, a->count, sizeof(struct kept *), newest_first);
	a->sorted = true;
}

/* --- the log ---------------------------------------------------------------------------------- */

static int log_sync(struct alerts *a, struct error *err)
{
	if (a->unsynced && fdatasync(a->fd) < 0)
		return error_errno(err, "cannot bring " LOG_NAME " to the disk");
	a->unsynced = false;
	return 0;
}

static int log_open(struct alerts *a, struct error *err)
{
	struct stat st;
	int fd = openat(a->folder, LOG_NAME, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
			0600);
	if (fd < 0)
		return error_errno(err, "cannot open " LOG_NAME);
	if (fstat(fd, &st) < 0) {
		(void)close(fd);
		return error_errno(err, "cannot look at " LOG_NAME);
	}
	if (a->fd >= 0)
		(void)close(a->fd);
	a->fd = fd;
	a->log_bytes = (uint64_t)st.st_size;
	return 0;
}

/* One record an alert, in a new file that takes the old one's place at once. */
static int compact(struct alerts *a, struct error *err)
{
	cleanup_buf struct buf text = buf_max(LOG_MOST);
	for (size_t i = 0; i < a->count; i++)
		if (record_put(&a->kept[i]->alert, true, &text, err) < 0)
			return -1;
	if (fd_write_file(a->folder, LOG_NAME, buf_view(&text), 0600, err) < 0 ||
	    log_open(a, err) < 0)
		return -1;
	for (size_t i = 0; i < a->count; i++)
		a->kept[i]->dirty = a->kept[i]->unwritten = false;
	a->fresh_bytes = a->log_bytes;
	a->unsynced = a->torn = false;
	return 0;
}

/* All of it or nothing: half a record is cut off again. */
static int log_append(struct alerts *a, struct bytes text, struct error *err)
{
	if (a->torn && compact(a, err) < 0)
		return -1;
	if (fd_write_full(a->fd, text.p, text.n) < 0) {
		int r = error_errno(err, "cannot write " LOG_NAME);
		a->torn = ftruncate(a->fd, (off_t)a->log_bytes) < 0;
		return r;
	}
	a->log_bytes += text.n;
	a->unsynced = true;
	return 0;
}

static int log_record(struct alerts *a, const struct alert *alert, bool whole, struct error *err)
{
	cleanup_buf struct buf text = buf_max(MIB);
	if (record_put(alert, whole, &text, err) < 0)
		return -1;
	return log_append(a, buf_view(&text), err);
}

/* --- opening ------------------------------------------------------------------------------------ */

/* A record changes an alert, or makes one. */
static int apply(struct alerts *a, struct alert *now, struct error *err)
{
	struct kept *k = find(a, now->id);
	if (k == NULL && now->rule == NULL) { /* its whole record is lost */
		a->damaged++;
		alert_clear(now);
		return 0;
	}
	if (k == NULL && a->count == a->most) {
		a->dropped++;
		alert_clear(now);
		return 0;
	}
	if (k == NULL)
		return keep(a, now, &k, err);
	size_t count;
	const struct alert_member *members = alert_members(&count);
	for (size_t i = 0; i < count; i++) {
		char **from = alert_member_of(now, &members[i]);
		char **to = alert_member_of(&k->alert, &members[i]);
		if (*from == NULL)
			continue;
		free(*to);
		*to = *from;
	}
	k->alert.state = now->state;
	k->alert.count = now->count;
	k->alert.first = now->first;
	k->alert.last = now->last;
	return 0;
}

static int load_lines(struct alerts *a, struct bytes text, struct error *err)
{
	struct bytes line;
	bool torn = text.n > 0 && text.p[text.n - 1] != '\n';
	while (bytes_next_field(&text, '\n', &line)) {
		struct alert now = { 0 };
		if ((torn && text.n == 0) || !record_get(line, &now))
			a->damaged++;
		else if (apply(a, &now, err) < 0) {
			alert_clear(&now);
			return -1;
		}
	}
	return 0;
}

static int load(struct alerts *a, struct error *err)
{
	cleanup_buf struct buf text = buf_max(LOG_MOST);
	cleanup_close int fd = openat(a->folder, LOG_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : error_errno(err, "cannot open " LOG_NAME);
	if (fd_read_all(fd, &text, err) < 0 || load_lines(a, buf_view(&text), err) < 0)
		return error_wrap(err, LOG_NAME);
	/* What could not be read stays for people to look at. */
	if (a->damaged > 0)
		(void)fd_write_file(a->folder, DAMAGED_NAME, buf_view(&text), 0600, NULL);
	return 0;
}

static int open_folder(struct alerts *a, const char *folder, struct error *err)
{
	if (fd_make_dirs(folder, 0700, err) < 0)
		return -1;
	a->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return a->folder < 0 ? error_errno(err, "cannot open the alerts' folder %s", folder) : 0;
}

int alerts_open(const char *folder, size_t most, struct alerts **ret, struct error *err)
{
	struct alerts *a = calloc(1, sizeof *a);
	if (a == NULL)
		return error_set(err, ERR_MEMORY, "no memory for alerts");
	a->folder = a->fd = -1;
	a->most = most < 8 ? 8 : most;
	map_init(&a->by_id);
	a->kept = calloc(a->most, sizeof(struct kept *));
	a->order = calloc(a->most, sizeof(struct kept *));
	int r = a->kept == NULL || a->order == NULL
			? error_set(err, ERR_MEMORY, "no memory for %zu alerts", a->most)
			: open_folder(a, folder, err);
	if (r < 0 || load(a, err) < 0 || compact(a, err) < 0) {
		alerts_close(a);
		return -1;
	}
	*ret = a;
	return 0;
}

void alerts_close(struct alerts *a)
{
	struct error ignored = { 0 };
	if (a == NULL)
		return;
	if (a->fd >= 0) {
		(void)alerts_flush(a, &ignored);
		(void)close(a->fd);
	}
	if (a->folder >= 0)
		(void)close(a->folder);
	for (size_t i = 0; a->kept != NULL && i < a->count; i++)
		drop(a->kept[i]);
	map_free(&a->by_id);
	free(a->kept);
	free(a->order);
	free(a);
}

size_t alerts_damaged(const struct alerts *a)
{
	return a->damaged;
}

uint64_t alerts_dropped(const struct alerts *a)
{
	return a->dropped;
}

/* --- occurrences --------------------------------------------------------------------------------- */

/* The parts with their lengths, so that "a" + "bc" is not "ab" + "c". */
static void id_of(const struct alert *what, char out[static 17])
{
	const char *const parts[] = { what->rule, what->item, what->container_id, what->object,
				      what->process };
	struct digest digest = { 0 };
	struct sha256 *h = sha256_new();
	out[0] = '\0';
	if (h == NULL)
		return;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		const char *part = parts[i] == NULL ? "" : parts[i];
		uint64_t n = strlen(part);
		sha256_update(h, &n, sizeof n);
		sha256_update(h, part, n);
	}
	sha256_final(h, &digest);
	sha256_free(h);
	hex_text(digest.sha256, 8, out);
}

/* Cut between characters where it is UTF-8; JSON that is too long is left out. */
static char *copy_member(const struct alert_member *m, const char *text)
{
	size_t n = text == NULL ? 0 : strlen(text);
	if (m->json && n > ALERT_JSON_MOST)
		n = 0;
	if (!m->json && n > ALERT_TEXT_MOST) {
		n = ALERT_TEXT_MOST;
		while (n > ALERT_TEXT_MOST - 4 && ((uint8_t)text[n] & 0xc0) == 0x80)
			n--;
	}
	char *s = malloc(n + 1);
	if (s == NULL)
		return NULL;
	if (n > 0)
		memcpy(s, text, n);
	s[n] = '\0';
	return s;
}

static bool copy_strings(const struct alert *what, struct alert *ret)
{
	struct alert from = *what;
	size_t count;
	const struct alert_member *members = alert_members(&count);
	for (size_t i = 0; i < count; i++) {
		char *s = copy_member(&members[i], *alert_member_of(&from, &members[i]));
		if (s == NULL)
			return false;
		*alert_member_of(ret, &members[i]) = s;
	}
	return true;
}

/* An eighth goes at once, so that the log is written anew seldom. */
static int make_room(struct alerts *a, struct error *err)
{
	size_t gone = a->most / 8;
	qsort(a->kept, a->count, sizeof(struct kept *), least_wanted_last);
	for (size_t i = 0; i < gone; i++)
		drop(a->kept[--a->count]);
	a->dropped += gone;
	a->sorted = false;
	map_free(&a->by_id);
	map_init(&a->by_id);
	for (size_t i = 0; i < a->count; i++) {
		uint64_t *at = map_put(&a->by_id, bytes_str(a->kept[i]->alert.id), NULL);
		if (at == NULL)
			return error_set(err, ERR_MEMORY, "no memory for alerts");
		*at = i + 1;
	}
	return compact(a, err);
}

static int add_new(struct alerts *a, const struct alert *what, const char *id, struct kept **ret,
		   struct error *err)
{
	struct alert now = { .count = 1, .first = what->first, .last = what->last };
	struct error unwritten = { 0 };
	/* A full disk must not keep an alert from people: it stays in memory. */
	if (a->count == a->most && make_room(a, &unwritten) < 0 && unwritten.code == ERR_MEMORY) {
		*err = unwritten;
		return -1;
	}
	memcpy(now.id, id, sizeof now.id);
	if (!copy_strings(what, &now) || keep(a, &now, ret, err) < 0) {
		alert_clear(&now);
		return error_set(err, ERR_MEMORY, "no memory for an alert");
	}
	(*ret)->unwritten = (*ret)->dirty = log_record(a, &now, true, &unwritten) < 0;
	return 0;
}

/* What of an alert is of its last occurrence. */
static int add_again(struct kept *k, const struct alert *what, struct error *err)
{
	struct alert now = { 0 };
	if (!copy_strings(what, &now)) {
		alert_clear(&now);
		return error_set(err, ERR_MEMORY, "no memory for an alert");
	}
	char **const mine[] = { &k->alert.outcome, &k->alert.tree, &k->alert.event,
				&k->alert.severity };
	char **const theirs[] = { &now.outcome, &now.tree, &now.event, &now.severity };
	for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++) {
		char *swap = *mine[i];
		*mine[i] = *theirs[i];
		*theirs[i] = swap;
	}
	alert_clear(&now);
	k->alert.count++;
	/* Times of a clock that was set back do not make an alert older. */
	if (what->first < k->alert.first)
		k->alert.first = what->first;
	if (what->last > k->alert.last)
		k->alert.last = what->last;
	k->dirty = true;
	return 0;
}

int alerts_add(struct alerts *a, const struct alert *what, const struct alert **ret,
	       bool *ret_fresh, struct error *err)
{
	char id[17];
	bool fresh = false;
	id_of(what, id);
	if (id[0] == '\0')
		return error_set(err, ERR_MEMORY, "no memory for an alert");
	struct kept *k = find(a, id);
	if (k == NULL) {
		if (add_new(a, what, id, &k, err) < 0)
			return -1;
		fresh = true;
	} else if (add_again(k, what, err) < 0) {
		return -1;
	} else if (k->alert.state == ALERT_HANDLED) { /* it was not: it happens again */
		k->alert.state = ALERT_NEW;
		fresh = true;
	}
	a->sorted = false;
	*ret = &k->alert;
	*ret_fresh = fresh;
	return 0;
}

/* --- people ------------------------------------------------------------------------------------------ */

const struct alert *alerts_find(struct alerts *a, const char *id, struct error *err)
{
	const struct alert *found = NULL;
	size_t n = strlen(id);
	struct kept *k = find(a, id);
	if (k != NULL)
		return &k->alert;
	for (size_t i = 0; n >= 4 && i < a->count; i++) {
		if (strncmp(a->kept[i]->alert.id, id, n) != 0)
			continue;
		if (found != NULL) {
			(void)error_set(err, ERR_USAGE, "several alerts begin with %.16s", id);
			return NULL;
		}
		found = &a->kept[i]->alert;
	}
	if (found == NULL)
		(void)error_set(err, ERR_NOT_FOUND, "there is no alert %.16s", id);
	return found;
}

const struct alert *alerts_next(const struct alerts *a, size_t *i)
{
	if (!a->sorted) /* the order is a view, not the content */
		sort((struct alerts *)(uintptr_t)a);
	return *i < a->count ? &a->order[(*i)++]->alert : NULL;
}

/* From each state to these; back to new is always possible. */
static bool may_become(enum alert_state from, enum alert_state to)
{
	if (from == to)
		return from == ALERT_HANDLING; /* another note */
	return to == ALERT_NEW || from == ALERT_NEW || from == ALERT_HANDLING;
}

int alerts_handle(struct alerts *a, const char *id, enum alert_state to, const char *user,
		  const char *note, struct error *err)
{
	const struct alert *found = alerts_find(a, id, err);
	if (found == NULL)
		return -1;
	if ((unsigned)to >= ALERT_STATES || !may_become(found->state, to))
		return error_set(err, ERR_USAGE,
				 "alert %s is %s and cannot become %s; make it new first",
				 found->id, alert_state_name(found->state), alert_state_name(to));
	struct kept *k = find(a, found->id);
	struct alert next = k->alert;
	next.state = to;
	next.user = copy_member(&(struct alert_member){ .name = "user" }, user);
	next.note = copy_member(&(struct alert_member){ .name = "note" }, note);
	int r = next.user == NULL || next.note == NULL
			? error_set(err, ERR_MEMORY, "no memory for a note")
			: log_record(a, &next, true, err);
	if (r < 0 || log_sync(a, err) < 0) {
		free(next.user);
		free(next.note);
		return -1;
	}
	free(k->alert.user);
	free(k->alert.note);
	k->alert = next;
	k->dirty = k->unwritten = false;
	return 0;
}

int alerts_flush(struct alerts *a, struct error *err)
{
	cleanup_buf struct buf text = buf_max(LOG_MOST);
	bool any = false;
	for (size_t i = 0; i < a->count; i++) {
		struct kept *k = a->kept[i]; /* set below count */
		if (!k->dirty) /* NOLINT(clang-analyzer-core.NullDereference) */
			continue;
		if (record_put(&k->alert, k->unwritten, &text, err) < 0)
			return -1;
		any = true;
	}
	if (any && log_append(a, buf_view(&text), err) < 0)
		return -1;
	for (size_t i = 0; any && i < a->count; i++)
		a->kept[i]->dirty = a->kept[i]->unwritten = false;
	if (a->log_bytes > 2 * a->fresh_bytes + SLACK)
		return compact(a, err);
	return log_sync(a, err);
}
