import com.google.gson.Gson;
import com.ibm.cloud.ibm_key_protect_api.v2.IbmKeyProtectApi;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Run the operations one after the other, without those whose names are arguments, and print one JSON line for each;
 * the first line holds the methods of the client, found in the client itself.
 */
final class Program {
  /** An operation is named after the method of the client that it is about, and throws where something is wrong. */
  interface Operation {
    void run() throws Exception;
  }

  public static void main(String[] without) {
    Map<String, Operation> operations = new LinkedHashMap<>(Keys.OPERATIONS);
    operations.putAll(Actions.OPERATIONS);
    operations.putAll(AroundKeys.OPERATIONS);
    operations.putAll(Kmip.OPERATIONS);
    operations.putAll(Emulated.OPERATIONS);
    operations.keySet().removeAll(List.of(without));
    print(Map.of("methods", methods()));
    operations.forEach((name, operation) -> {
      String detail = outcome(operation);
      print(Map.of("operation", name, "ok", detail.isEmpty(), "detail", detail));
    });
    System.exit(0); // the client's threads would keep the program alive for a minute
  }

  private static Set<String> methods() {
    return Arrays.stream(IbmKeyProtectApi.class.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers()))
        .map(Method::getName)
        .collect(Collectors.toSet());
  }

  private static String outcome(Operation operation) {
    try {
      operation.run();
      return "";
    } catch (Exception | AssertionError failure) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace));
      return trace.toString();
    }
  }

  private static void print(Map<String, ?> line) {
    System.out.println(new Gson().toJson(line));
  }
}
