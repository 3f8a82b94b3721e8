#include "many.h"
int many_file(unsigned long count)
{
	return (int)count;
}
int many_keep(void)
{
	return 0;
}
