#include "secret/compiler.h"

#include <dlfcn.h>

/* Debian's libvectorscan5 and Hyperscan 5 both have this name. */
#define LIBRARY "libhs.so.5"

int hs_compiler_load(struct hs_compiler *ret, struct error *err)
{
	*ret = (struct hs_compiler){ .library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL) };
	if (ret->library == NULL)
		return error_set(err, ERR_NOT_FOUND,
				 "Vectorscan's library (" LIBRARY ") is needed to compile the "
				 "secret rules; install libvectorscan5");
	*(void **)&ret->compile_multi = dlsym(ret->library, "hs_compile_multi");
	*(void **)&ret->expression_info = dlsym(ret->library, "hs_expression_info");
	*(void **)&ret->free_compile_error = dlsym(ret->library, "hs_free_compile_error");
	if (ret->compile_multi != NULL && ret->expression_info != NULL &&
	    ret->free_compile_error != NULL)
		return 0;
	hs_compiler_unload(ret);
	return error_set(err, ERR_UNSUPPORTED, LIBRARY " is no Vectorscan library");
}

void hs_compiler_unload(struct hs_compiler *c)
{
	if (c->library != NULL)
		(void)dlclose(c->library);
	*c = (struct hs_compiler){ 0 };
}
