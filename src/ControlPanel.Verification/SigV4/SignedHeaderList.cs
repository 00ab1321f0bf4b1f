using System.Buffers;

namespace ControlPanel.Verification.SigV4;

/// <summary>The list <c>host;x-amz-date;…</c>: lower case, sorted, each name once, with <c>host</c> in it.</summary>
internal static class SignedHeaderList
{
    private static readonly SearchValues<char> s_listCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789-!#$%&'*+.^`|~;"
    );

    /// <summary>Whether the list is well formed. An underscore is not, for the reason given at the headers.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> list)
    {
        if (list.IsEmpty || list[^1] == ';' || list.ContainsAnyExcept(s_listCharacters))
        {
            return false;
        }

        ReadOnlySpan<char> previous = default;
        while (TryNext(ref list, out var name))
        {
            if (name.SequenceCompareTo(previous) <= 0)
            {
                return false;
            }

            previous = name;
        }

        return true;
    }

    /// <summary>Takes the first name off the list.</summary>
    public static bool TryNext(scoped ref ReadOnlySpan<char> list, out ReadOnlySpan<char> name)
    {
        name = list;
        if (list.IsEmpty)
        {
            return false;
        }

        var end = list.IndexOf(';');
        name = end < 0 ? list : list[..end];
        list = end < 0 ? default : list[(end + 1)..];
        return true;
    }

    public static bool Contains(ReadOnlySpan<char> list, ReadOnlySpan<char> name)
    {
        while (TryNext(ref list, out var item))
        {
            if (item.Length == name.Length && item.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether every header <c>x-amz-*</c> of the request is in the list.</summary>
    public static bool CoversAmzHeaders(ReadOnlySpan<char> list, ReadOnlySpan<S3Header> headers)
    {
        foreach (ref readonly var header in headers)
        {
            if (
                header.Name is ['x' or 'X', '-', _, _, _, '-', ..]
                && header.Name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)
                && !Contains(list, header.Name)
            )
            {
                return false;
            }
        }

        return true;
    }
}
