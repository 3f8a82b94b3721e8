/* text: comparing with words that are known when this is compiled. */
#ifndef CORTEN_BPF_TEXT_H
#define CORTEN_BPF_TEXT_H

#include "bpf/co_re.bpf.h"

#define TEXT_SAME(a, word, n)                                                                      \
	({                                                                                         \
		char differ_ = 0;                                                                  \
		_Pragma("unroll") for (unsigned int i_ = 0; i_ < (n); i_++) differ_ =              \
			(char)(differ_ | ((a)[i_] ^ (word)[i_]));                                  \
		!differ_;                                                                          \
	})

/* a: an array of at least the word's size. */
#define TEXT_IS(a, word) TEXT_SAME(a, word, sizeof(word))
#define TEXT_BEGINS(a, word) TEXT_SAME(a, word, sizeof(word) - 1)

#endif
