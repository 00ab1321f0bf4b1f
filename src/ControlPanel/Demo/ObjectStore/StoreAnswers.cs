using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace ControlPanel.Demo.ObjectStore;

/// <summary>An S3 error of the demo store.</summary>
internal sealed record StoreError(int Status, string Code, string Message)
{
    public static readonly StoreError AccessDenied = new(
        403,
        "AccessDenied",
        "Only the gateway may speak to this store."
    );
    public static readonly StoreError NoSuchBucket = new(404, "NoSuchBucket", "The bucket does not exist.");
    public static readonly StoreError NoSuchKey = new(404, "NoSuchKey", "The key does not exist.");
    public static readonly StoreError NoSuchUpload = new(404, "NoSuchUpload", "The upload does not exist.");
    public static readonly StoreError NotThere = new(404, "NoSuchConfiguration", "The bucket has no such setting.");
    public static readonly StoreError InvalidPart = new(
        400,
        "InvalidPart",
        "A part was not found or has another ETag."
    );
    public static readonly StoreError MalformedXml = new(400, "MalformedXML", "The XML of the request cannot be read.");
    public static readonly StoreError InvalidArgument = new(400, "InvalidArgument", "An argument is not valid.");
    public static readonly StoreError BadDigest = new(400, "BadDigest", "The body does not have the given MD5.");
    public static readonly StoreError InvalidRange = new(416, "InvalidRange", "The range is not satisfiable.");
    public static readonly StoreError KeyTooLong = new(400, "KeyTooLongError", "A key has at most 1024 bytes.");
    public static readonly StoreError NotImplemented = new(501, "NotImplemented", "The demo store does not do this.");

    public static readonly StoreError InvalidPartOrder = new(
        400,
        "InvalidPartOrder",
        "The parts are not listed in ascending order."
    );

    public static readonly StoreError PartTooSmall = new(
        400,
        "EntityTooSmall",
        "Every part but the last has at least 5 MiB."
    );

    public static readonly StoreError PreconditionFailed = new(
        412,
        "PreconditionFailed",
        "A precondition of the request does not hold."
    );

    public static readonly StoreError BucketNotEmpty = new(409, "BucketNotEmpty", "The bucket is not empty.");

    public static readonly StoreError AlreadyOwned = new(
        409,
        "BucketAlreadyOwnedByYou",
        "The bucket exists already and is yours."
    );

    public static readonly StoreError CopyOntoItself = new(
        400,
        "InvalidRequest",
        "A copy of an object onto itself must change something."
    );
}

/// <summary>What the demo store answers with: S3's XML.</summary>
internal static class StoreAnswers
{
    private static readonly XNamespace s_s3 = "http://s3.amazonaws.com/doc/2006-03-01/";

    // A key may hold characters that XML cannot; they are written as references rather than failing.
    private static readonly XmlWriterSettings s_settings = new()
    {
        Async = false,
        CheckCharacters = false,
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
    };

    public static XElement Element(string name, params object?[] content) => new(s_s3 + name, content);

    public static string Time(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static XElement Owner() =>
        Element("Owner", Element("ID", "demo"), Element("DisplayName", "ControlPanel demo store"));

    /// <summary>The ACL of everything: the owner alone.</summary>
    public static XElement PrivateAcl()
    {
        XNamespace xsi = "http://www.w3.org/2001/XMLSchema-instance";
        return Element(
            "AccessControlPolicy",
            Owner(),
            Element(
                "AccessControlList",
                Element(
                    "Grant",
                    Element(
                        "Grantee",
                        new XAttribute(XNamespace.Xmlns + "xsi", xsi),
                        new XAttribute(xsi + "type", "CanonicalUser"),
                        Element("ID", "demo"),
                        Element("DisplayName", "ControlPanel demo store")
                    ),
                    Element("Permission", "FULL_CONTROL")
                )
            )
        );
    }

    public static async Task WriteAsync(HttpContext context, XElement root, int status = 200)
    {
        using var text = new MemoryStream();
        using (var writer = XmlWriter.Create(text, s_settings))
        {
            root.Save(writer);
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/xml";
        context.Response.ContentLength = text.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(text.GetBuffer().AsMemory(0, (int)text.Length));
        }
    }

    public static Task WriteAsync(HttpContext context, StoreError error) =>
        WriteAsync(
            context,
            new XElement(
                "Error",
                new XElement("Code", error.Code),
                new XElement("Message", error.Message),
                new XElement("Resource", context.Request.Path.Value),
                new XElement("RequestId", context.TraceIdentifier)
            ),
            error.Status
        );
}
