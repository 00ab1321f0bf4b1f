using System.Text.Json.Serialization.Metadata;
using ControlPanel.Api.Contract;
using ControlPanel.Data.Operations;

namespace ControlPanel.Api;

/// <summary>What an endpoint returns: a body in its own wire form, nothing, or an error envelope.</summary>
internal static class ApiResults
{
    public static IResult Json<T>(T body, JsonTypeInfo<T> type, int status = 200) =>
        new JsonResult<T>(body, type, status);

    public static IResult NoContent { get; } = new Status(204);

    public static IResult Error(ApiError error) => new ErrorResult(error);

    /// <summary>The outcome's body, or the error that its refusal stands for.</summary>
    public static IResult From<TValue, TBody>(
        Outcome<TValue> outcome,
        Func<TValue, TBody> map,
        JsonTypeInfo<TBody> type,
        int status = 200
    ) => outcome.IsDone ? Json(map(outcome.Value), type, status) : Error(ApiError.For(outcome.Refusal));

    private sealed class JsonResult<T>(T body, JsonTypeInfo<T> type, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            return httpContext.Response.WriteAsJsonAsync(body, type, "application/json");
        }
    }

    private sealed class Status(int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            return Task.CompletedTask;
        }
    }

    private sealed class ErrorResult(ApiError error) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => error.WriteAsync(httpContext);
    }
}
