using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using ControlPanel.Api.Contract;

namespace ControlPanel.Api.Reference;

/// <summary>A parameter in an endpoint's query.</summary>
/// <param name="Values">The only texts that are taken; empty: any.</param>
internal sealed record QueryParameter(string Name, string Description, params IReadOnlyList<string> Values)
{
    /// <summary>Whether it is a whole number.</summary>
    public bool IsNumber { get; init; }

    /// <summary>The pages of a list.</summary>
    public static IReadOnlyList<QueryParameter> Paging { get; } =
    [
        new("page", "Which page, from 1.") { IsNumber = true },
        new("per_page", "How many on a page, 1 to 200; 20 unless said.") { IsNumber = true },
    ];
}

/// <summary>What an endpoint takes and answers, for whoever reads about it.</summary>
/// <param name="Summary">What it does, in a few words.</param>
internal sealed record EndpointDescription(string Summary)
{
    /// <summary>What there is to know beyond the summary.</summary>
    public string? Remark { get; init; }

    /// <summary>The body's wire type; <see langword="null"/>: none is read.</summary>
    public Type? Body { get; init; }

    /// <summary>A body as somebody might send it.</summary>
    public string? Example { get; init; }

    /// <summary>The members that a body must have.</summary>
    public IReadOnlyList<string> Needed { get; init; } = [];

    /// <summary>The wire type of a successful answer; <see langword="null"/>: it has no body.</summary>
    public Type? Answer { get; init; }

    /// <summary>The status of a successful answer.</summary>
    public int Status { get; init; } = StatusCodes.Status200OK;

    public IReadOnlyList<QueryParameter> Query { get; init; } = [];
}

/// <summary>Describes endpoints where they are mapped, so that the document cannot lag behind.</summary>
internal static class EndpointDescriptions
{
    /// <summary>Says what it does and what a successful answer holds.</summary>
    public static RouteHandlerBuilder Answers<T>(
        this RouteHandlerBuilder endpoint,
        string summary,
        JsonTypeInfo<T> answer,
        int status = 200
    ) => endpoint.Describe(new EndpointDescription(summary) { Answer = answer.Type, Status = status });

    /// <summary>Says what it does; a successful answer is empty.</summary>
    public static RouteHandlerBuilder AnswersNothing(this RouteHandlerBuilder endpoint, string summary) =>
        endpoint.Describe(new EndpointDescription(summary) { Status = StatusCodes.Status204NoContent });

    /// <summary>Says what it does; it always refuses.</summary>
    public static RouteHandlerBuilder AnswersError(this RouteHandlerBuilder endpoint, string summary, int status) =>
        endpoint.Describe(new EndpointDescription(summary) { Answer = typeof(ErrorBody), Status = status });

    /// <summary>Says what body it reads.</summary>
    /// <param name="example">A body that is taken.</param>
    /// <param name="needed">The members that must be there, as the wire spells them.</param>
    public static RouteHandlerBuilder Takes<T>(
        this RouteHandlerBuilder endpoint,
        JsonTypeInfo<T> body,
        [StringSyntax(StringSyntaxAttribute.Json)] string example,
        params string[] needed
    ) => endpoint.Change(d => d with { Body = body.Type, Example = example, Needed = needed });

    /// <summary>Says that its list comes in pages, and what else the query may hold.</summary>
    public static RouteHandlerBuilder Paged(this RouteHandlerBuilder endpoint, params QueryParameter[] query) =>
        endpoint.Change(d => d with { Query = [.. query, .. QueryParameter.Paging] });

    /// <summary>Says more.</summary>
    public static RouteHandlerBuilder Remarks(this RouteHandlerBuilder endpoint, string remark) =>
        endpoint.Change(d => d with { Remark = remark });

    private static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, EndpointDescription description) =>
        endpoint.WithMetadata(description);

    private static RouteHandlerBuilder Change(
        this RouteHandlerBuilder endpoint,
        Func<EndpointDescription, EndpointDescription> change
    )
    {
        endpoint.Add(builder =>
        {
            var present = builder.Metadata.OfType<EndpointDescription>().Single();
            builder.Metadata.Remove(present);
            builder.Metadata.Add(change(present));
        });
        return endpoint;
    }
}
