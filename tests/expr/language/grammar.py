"""Expressions at random: texts that follow the grammar, more or less."""

from hypothesis import strategies as st

_NAMES = st.sampled_from(["a", "b", "items", "`two words`", "price", "and", "*", "**", "%"])
_VARIABLES = st.sampled_from(["$", "$$", "$x", "$y", "$states", "$f"])
_LITERALS = st.sampled_from(["0", "1", "-1", "2.5", "1e3", "'t'", '"\\u00e9"', "true", "null", "[]", "{}", "/a+/i"])
_OPERATORS = st.sampled_from(
    [*("+", "-", "*", "/", "%", "&", "=", "!=", "<", "<=", ">", ">="), *("and", "or", "in", "~>", "?:", "??")]
)
_FUNCTIONS = st.sampled_from(
    ["$sum", "$count", "$map", "$filter", "$string", "$append", "$keys", "$sort", "$reduce", "$pad", "$join", "$f"]
)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    many = st.lists(inner, max_size=3)
    return st.one_of(
        st.builds("{}.{}".format, inner, inner),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("{}[]".format, inner),
        st.builds("{} {} {}".format, inner, _OPERATORS, inner),
        st.builds("({})".format, many.map("; ".join)),
        st.builds("[{}]".format, many.map(", ".join)),
        st.builds("[{}..{}]".format, inner, inner),
        st.builds("{{{}: {}}}".format, inner, inner),
        st.builds("{}{{{}: {}}}".format, inner, inner, inner),
        st.builds("{}^(>{})".format, inner, inner),
        st.builds("{}^({}, {})".format, inner, inner, inner),
        st.builds("{}@$x.{}".format, inner, inner),
        st.builds("{}#$y[{}]".format, inner, inner),
        st.builds("{} ? {} : {}".format, inner, inner, inner),
        st.builds("{} ? {}".format, inner, inner),
        st.builds("($x := {}; {})".format, inner, inner),
        st.builds("($f := function($x, $y){{{}}}; {})".format, inner, inner),
        st.builds("function($x)<x-:x>{{{}}}({})".format, inner, inner),
        st.builds("{}({})".format, _FUNCTIONS, many.map(", ".join)),
        st.builds("{}(?, {})".format, _FUNCTIONS, inner),
        st.builds("{} ~> |{}|{}, {}|".format, inner, inner, inner, inner),
        st.builds("-{}".format, inner),
    )


expressions = st.recursive(st.one_of(_NAMES, _VARIABLES, _LITERALS), _larger, max_leaves=12)
