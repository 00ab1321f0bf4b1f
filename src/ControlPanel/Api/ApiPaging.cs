using System.Globalization;
using ControlPanel.Api.Contract;
using ControlPanel.Data.Operations;

namespace ControlPanel.Api;

/// <summary>Pages of a list (contract 1.4): <c>page</c> from 1, <c>per_page</c> 1 to 200, absolute links.</summary>
internal sealed class ApiPaging
{
    private readonly HttpRequest _request;

    private ApiPaging(HttpRequest request, int page, int perPage)
    {
        _request = request;
        Page = page;
        PerPage = perPage;
    }

    public int Page { get; }

    public int PerPage { get; }

    /// <summary>What the operation is asked for.</summary>
    public PageRequest ToRequest(string? sort = null, bool descending = false) =>
        new((int)Math.Min((long)(Page - 1) * PerPage, int.MaxValue), PerPage, sort, descending);

    /// <summary>Reads the query; a value out of range is the nearest one, text that is no number is an error.</summary>
    public static bool TryRead(HttpRequest request, out ApiPaging paging, out ApiError? error)
    {
        error = null;
        if (!TryRead(request, "page", 1, int.MaxValue, 1, out var page))
        {
            error = ApiError.BadRequest("page must be a whole number");
        }

        if (!TryRead(request, "per_page", 1, 200, 20, out var perPage))
        {
            error = ApiError.BadRequest("per_page must be a whole number");
        }

        paging = new ApiPaging(request, page, perPage);
        return error is null;
    }

    /// <summary>The links that apply: page 1 has no first and prev, the last page no next and last.</summary>
    /// <param name="protoStyle">Whether the page before is called <c>previous</c> (gen-ai endpoints).</param>
    public LinksBody Links(int total, bool protoStyle = false)
    {
        var last = LastPage(total);
        if (last <= 1)
        {
            return new LinksBody(null);
        }

        var before = Page > 1 ? Address(Math.Min(Page - 1, last)) : null;
        return new LinksBody(
            new Pages(
                Page > 1 ? Address(1) : null,
                protoStyle ? null : before,
                protoStyle ? before : null,
                Page < last ? Address(Page + 1) : null,
                Page < last ? Address(last) : null
            )
        );
    }

    public PagedMeta PagedMeta(int total) => new(Page, LastPage(total), total);

    private int LastPage(int total) => Math.Max(1, (int)(((long)total + PerPage - 1) / PerPage));

    private string Address(int page)
    {
        var query = QueryString.Create(
            _request
                .Query.Where(q => q.Key is not ("page" or "per_page"))
                .Append(new("page", page.ToString(CultureInfo.InvariantCulture)))
                .Append(new("per_page", PerPage.ToString(CultureInfo.InvariantCulture)))
        );
        return $"{_request.Scheme}://{_request.Host}{_request.PathBase}{_request.Path}{query}";
    }

    private static bool TryRead(HttpRequest request, string name, int least, int most, int standard, out int value)
    {
        value = standard;
        if (!request.Query.TryGetValue(name, out var text) || text.Count == 0 || string.IsNullOrEmpty(text[0]))
        {
            return true;
        }

        if (!long.TryParse(text[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        value = (int)Math.Clamp(number, least, most);
        return true;
    }
}
