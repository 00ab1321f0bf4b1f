using ControlPanel.Verification.SigV4;
using Microsoft.AspNetCore.Http.Features;

namespace ControlPanel.Shared;

/// <summary>The head of a request as it came over the wire, for the signature engine.</summary>
internal static class S3Heads
{
    /// <summary>Reads it: the raw target, and each header line for itself.</summary>
    public static S3RequestHead Of(HttpContext context)
    {
        var headers = new List<S3Header>(context.Request.Headers.Count + 2);
        foreach (var (name, values) in context.Request.Headers)
        {
            foreach (var value in values)
            {
                headers.Add(new S3Header(name, value ?? ""));
            }
        }

        return new S3RequestHead(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            headers.ToArray(),
            context.Request.IsHttps
        );
    }
}
