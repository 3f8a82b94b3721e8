/* The YAML of a policy is read in a worker: a scanned project's policy is a
 * stranger's. Only the tree crosses the border, one message a node in preorder. */
#include <unistd.h>

#include "policy/internal.h"
#include "scan/meta.h"
#include "scan/worker.h"

enum { NODES_MAX = 200000, SILENCE_MS = 30 * 1000 };

/* --- the worker -------------------------------------------------------------------- */

static int put_node(struct channel *ch, struct msg *m, const struct node *n, uint32_t depth,
		    struct error *err)
{
	msg_begin(m, POLICY_MSG_NODE);
	msg_put_u32(m, depth);
	msg_put_u32(m, n->kind);
	msg_put_u32(m, n->line);
	msg_put_bytes(m, n->key);
	msg_put_bytes(m, n->text);
	return channel_put(ch, m, err);
}

/* Aliases of YAML are told wherever they are used, so nodes are counted here. */
static int put_tree(struct channel *ch, struct msg *m, const struct node *root, struct error *err)
{
	const struct node *path[TREE_DEPTH_LIMIT + 1] = { root };
	uint32_t depth = 0, count = 0;
	while (path[0] != NULL) {
		const struct node *n = path[depth];
		if (n == NULL) {
			depth--;
			path[depth] = depth == 0 ? NULL : path[depth]->next;
			continue;
		}
		if (++count > NODES_MAX)
			return error_set(err, ERR_LIMIT, "more than %d values", NODES_MAX);
		if (put_node(ch, m, n, depth, err) < 0)
			return -1;
		if (n->first == NULL) {
			path[depth] = depth == 0 ? NULL : n->next;
		} else if (depth == TREE_DEPTH_LIMIT) {
			return error_set(err, ERR_LIMIT, "deeper than %d", TREE_DEPTH_LIMIT);
		} else {
			path[++depth] = n->first;
		}
	}
	return 0;
}

int policy_tree_send(struct channel *ch, const struct node *root, struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	if (put_tree(ch, &m, root, err) < 0)
		return -1;
	msg_begin(&m, POLICY_MSG_DONE);
	return channel_put(ch, &m, err);
}

static int read_and_send(struct channel *ch, struct arena *arena, struct error *err)
{
	cleanup_buf struct buf text = buf_max(POLICY_FILE_MAX);
	const struct node *root;
	if (fd_read_all(WORKER_INPUT_FD, &text, err) < 0 ||
	    yaml_parse(buf_view(&text), arena, &root, NULL, err) < 0)
		return -1;
	return policy_tree_send(ch, root, err);
}

int policy_worker_main(void)
{
	struct channel ch;
	cleanup_msg struct msg m = { 0 };
	struct error how = { 0 }, err = { 0 };
	cleanup_arena struct arena arena = arena_max(POLICY_MEMORY);
	int r = 0;
	channel_init(&ch, WORKER_CHANNEL_FD);
	if (read_and_send(&ch, &arena, &how) < 0) {
		msg_begin(&m, POLICY_MSG_FAILED);
		msg_put_str(&m, how.text);
		r = channel_put(&ch, &m, &err);
	}
	if (r == 0)
		r = channel_flush(&ch, &err);
	channel_free(&ch);
	return r == 0 ? 0 : 1;
}

/* --- the parent ------------------------------------------------------------------------ */

struct planting {
	struct arena *arena;
	struct node *last[TREE_DEPTH_LIMIT + 1]; /* the newest of each depth */
	uint32_t depth; /* of the newest node */
	uint32_t count;
};

static struct bytes keep(struct planting *p, struct bytes b, bool *ok)
{
	uint8_t *copy = arena_alloc(p->arena, b.n + 1);
	*ok = *ok && copy != NULL;
	if (copy == NULL)
		return BYTES_LIT("");
	if (b.n > 0)
		memcpy(copy, b.p, b.n);
	return bytes_of(copy, b.n);
}

static void attach(struct planting *p, struct node *n, uint32_t depth)
{
	if (depth > 0) {
		struct node *parent = p->last[depth - 1];
		if (parent->count++ == 0)
			parent->first = n;
		else
			p->last[depth]->next = n;
	}
	p->last[depth] = n;
	p->depth = depth;
}

/* Nothing that the worker says is believed: each node hangs below a list or map
 * that is there. */
static int plant(struct planting *p, struct msg_reader *m, struct error *err)
{
	bool ok = true;
	uint32_t depth = msg_get_u32(m), kind = msg_get_u32(m), line = msg_get_u32(m);
	struct bytes key = msg_get_bytes(m), text = msg_get_bytes(m);
	if (msg_finish(m, err) < 0)
		return -1;
	bool fits = p->count == 0 ? depth == 0 : depth >= 1 && depth <= p->depth + 1;
	if (!fits || depth > TREE_DEPTH_LIMIT || kind > NODE_MAP || p->count >= NODES_MAX ||
	    (depth > 0 && p->last[depth - 1]->kind != NODE_LIST &&
	     p->last[depth - 1]->kind != NODE_MAP) ||
	    !utf8_valid(key) || !utf8_valid(text))
		return error_set(err, ERR_PROTOCOL, "the worker sent nonsense");
	struct node *n = arena_alloc(p->arena, sizeof *n);
	if (n != NULL)
		*n = (struct node){ .kind = (enum node_kind)kind,
				    .line = line,
				    .key = keep(p, key, &ok),
				    .text = keep(p, text, &ok) };
	if (n == NULL || !ok)
		return error_set(err, ERR_MEMORY, "no memory for the policy");
	attach(p, n, depth);
	p->count++;
	return 0;
}

static int take_failure(struct msg_reader *m, struct error *err)
{
	cleanup_buf struct buf text = buf_max((size_t)4 * ERROR_TEXT_MAX);
	struct bytes said = bytes_sub(msg_get_bytes(m), 0, ERROR_TEXT_MAX);
	if (msg_finish(m, err) < 0 || text_escape(&text, said, err) < 0)
		return -1;
	return error_set(err, ERR_USAGE, "%.*s", (int)text.n, (const char *)text.p);
}

int policy_tree_hear(struct channel *ch, struct arena *arena, const struct node **ret,
		     struct error *err)
{
	struct planting p = { .arena = arena };
	struct msg_reader m;
	int got;
	while ((got = channel_get(ch, SILENCE_MS, &m, err)) > 0) {
		if (m.type == POLICY_MSG_FAILED)
			return take_failure(&m, err);
		if (m.type == POLICY_MSG_DONE && p.count > 0) {
			*ret = p.last[0];
			return msg_finish(&m, err);
		}
		if (m.type != POLICY_MSG_NODE)
			return error_set(err, ERR_PROTOCOL, "the worker sent nonsense");
		if (plant(&p, &m, err) < 0)
			return -1;
	}
	return got < 0 ? -1
		       : error_set(err, ERR_WORKER_DIED,
				   "corten-worker ended while it read the policy");
}

static int read_tree(int fd, struct arena *arena, const struct node **ret, struct error *err)
{
	struct child child = { 0 };
	struct channel ch;
	int sock = -1;
	if (worker_start("policy", fd, -1, &child, &sock, err) < 0)
		return -1;
	channel_init(&ch, sock);
	int r = policy_tree_hear(&ch, arena, ret, err);
	channel_free(&ch);
	(void)close(sock);
	child_kill(&child);
	return r;
}

int policy_read(int fd, const char *file, struct policy **ret, struct error *err)
{
	const struct node *root = NULL;
	struct policy *p = policy_new(file, err);
	if (p == NULL)
		return -1;
	int r = read_tree(fd, &p->arena, &root, err);
	if (r < 0)
		(void)error_wrap(err, "%s", file);
	else
		r = policy_load(p, root, err);
	if (r < 0)
		policy_free(p);
	else
		*ret = p;
	return r;
}
