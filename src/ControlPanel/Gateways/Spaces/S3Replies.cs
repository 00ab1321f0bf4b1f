using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace ControlPanel.Gateways.Spaces;

/// <summary>
/// Errors in S3's form. The message is never empty: awscli 1.45 breaks on an empty one, and radosgw sends it so.
/// </summary>
internal static class S3Replies
{
    private static readonly XmlWriterSettings s_settings = new()
    {
        CheckCharacters = false,
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
    };

    public static Task WriteErrorAsync(HttpContext context, int status, string code, string message) =>
        WriteXmlAsync(context, status, Error(context, code, message));

    /// <summary>An error's document.</summary>
    /// <param name="details">What else the store said about it.</param>
    public static XElement Error(HttpContext context, string code, string message, params XElement[] details) =>
        new(
            "Error",
            new XElement("Code", code),
            new XElement("Message", message),
            details,
            new XElement("RequestId", context.TraceIdentifier),
            new XElement("HostId", "controlpanel")
        );

    public static async Task WriteXmlAsync(HttpContext context, int status, XElement root)
    {
        using var text = new MemoryStream();
        using (var writer = XmlWriter.Create(text, s_settings))
        {
            root.Save(writer);
        }

        if (status >= 400)
        {
            CloseUnlessContinued(context);
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/xml";
        context.Response.ContentLength = text.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(
                text.GetBuffer().AsMemory(0, (int)text.Length),
                context.RequestAborted
            );
        }
    }

    /// <summary>
    /// Ends the connection after the answer when the client waits for <c>100 Continue</c> and gets the answer instead:
    /// botocore up to 2.9 takes the answer's first line for that of the next one on the same connection, and hangs.
    /// </summary>
    public static void CloseUnlessContinued(HttpContext context)
    {
        if (context.Request.Headers.Expect.Count > 0)
        {
            context.Response.Headers.Connection = "close";
        }
    }

    /// <summary>Reads a document without following anything in it; <see langword="null"/> when it is none.</summary>
    public static XElement? TryRead(Stream text)
    {
        try
        {
            using var reader = XmlReader.Create(
                text,
                new XmlReaderSettings
                {
                    DtdProcessing = DtdProcessing.Prohibit,
                    XmlResolver = null,
                    CheckCharacters = false,
                }
            );
            return XElement.Load(reader, LoadOptions.PreserveWhitespace);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    /// <summary>What a status means when the store said nothing that a client could read.</summary>
    public static (string Code, string Message) Meaning(int status) =>
        status switch
        {
            400 => ("InvalidRequest", "The store behind refused the request as not valid."),
            401 or 403 => ("AccessDenied", "The store behind denied access."),
            404 => ("NoSuchKey", "The bucket or the key does not exist."),
            405 => ("MethodNotAllowed", "The method is not allowed against this resource."),
            409 => ("OperationAborted", "The request conflicts with the present state."),
            411 => ("MissingContentLength", "The length of the content must be given."),
            412 => ("PreconditionFailed", "A precondition of the request does not hold."),
            413 => ("EntityTooLarge", "The upload is too large."),
            416 => ("InvalidRange", "The range is not satisfiable."),
            501 => ("NotImplemented", "The store behind does not do this."),
            503 => ("SlowDown", "The store behind asks for fewer requests."),
            < 400 => ("TemporaryRedirect", "The store behind points elsewhere, which the gateway does not follow."),
            _ => ("InternalError", $"The store behind answered {status.ToString(CultureInfo.InvariantCulture)}."),
        };
}
