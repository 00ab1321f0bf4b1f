using ControlPanel.Api.Contract;
using ControlPanel.Data.Operations;

namespace ControlPanel.Api;

/// <summary>An error of the API: a status and the envelope's two words (contract 1.2).</summary>
internal sealed record ApiError(int Status, string Id, string Message)
{
    public static ApiError BadRequest(string message) => new(400, "bad_request", message);

    public static ApiError Unauthorized { get; } = new(401, "unauthorized", "Unable to authenticate you.");

    public static ApiError NotFound { get; } = new(404, "not_found", "The resource you requested could not be found.");

    public static ApiError UnknownRoute { get; } =
        new(404, "not_found", "The resource you were accessing could not be found.");

    public static ApiError TooLarge { get; } =
        new(413, "payload_too_large", "The request body must not be larger than 1 MiB.");

    public static ApiError RateLimited { get; } = new(429, "too_many_requests", "API rate limit exceeded.");

    public static ApiError Unexpected { get; } = new(500, "server_error", "Unexpected server-side error");

    public static ApiError Unverifiable { get; } =
        new(503, "service_unavailable", "Tokens cannot be verified right now. Try again.");

    /// <summary>The one table from an operation's refusal to HTTP.</summary>
    public static ApiError For(Refusal refusal) =>
        refusal switch
        {
            Refusal.Missing { What: "namespace" } => new(404, "not_found", "namespace not found"),
            Refusal.Missing { What: "access key" } => new(404, "not_found", "access key not found"),
            Refusal.Missing => NotFound,
            Refusal.Forbidden f => Forbidden(
                $"You are not authorized to perform this operation. It requires {f.Permission}."
            ),
            Refusal.NotAMember => Unauthorized,
            Refusal.Invalid i => BadRequest(string.Join(' ', i.Errors.Select(e => $"{Wire(e.Field)}: {e.Message}"))),
            Refusal.Conflict c => new(409, "conflict", c.Message),
            Refusal.LimitReached l => new(422, "unprocessable_entity", l.Message),
            Refusal.StepUpNeeded => Forbidden("This action needs a fresh sign-in in the control panel."),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    public static ApiError Forbidden(string message) => new(403, "forbidden", message);

    /// <summary>Writes the envelope.</summary>
    public Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        return context.Response.WriteAsJsonAsync(
            new ErrorBody(Id, Message, context.TraceIdentifier),
            ApiJson.Default.ErrorBody,
            "application/json"
        );
    }

    // The input's property as the wire spells it.
    private static string Wire(string field) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(field);
}
